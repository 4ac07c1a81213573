import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS, type Limits } from '../../src/limits.ts';
import { Arena } from './arena.ts';
import { BROKER_LIMITS } from './broker-limits.ts';
import { KERNEL_LIMITS } from './kernel-limits.ts';
import { LINK_LIMITS } from './link-limits.ts';
import { LOCK_LIMITS } from './lock-limits.ts';
import { MEMORY_LIMITS } from './memory-limits.ts';
import type { Row } from './row.ts';
import { SECTION_LIMITS } from './section-limits.ts';

/** A limit without a hostile test does not compile. */
const HOSTILE: Readonly<Record<keyof Limits, Row>> = {
  ...KERNEL_LIMITS,
  ...LINK_LIMITS,
  ...BROKER_LIMITS,
  ...MEMORY_LIMITS,
  ...SECTION_LIMITS,
  ...LOCK_LIMITS,
};

const PAGE = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8').split('\n');

test.each(Object.entries(HOSTILE))('limit %s', async (_field, { limits, attack }) => {
  await using arena = await Arena.start(limits);
  await arena.during(() => attack(arena));
});

test.each(Object.keys(DEFAULT_LIMITS) as (keyof Limits)[])('docs/limits.md has %s as it is', (field) => {
  const [row, ...more] = PAGE.filter((line) => line.startsWith(`| \`${field}\` |`));
  expect(more).toEqual([]);
  expect(row).toContain(`| \`${field}\` | ${shown(field)} |`);
  const { meets } = HOSTILE[field];
  if (meets !== 'waits') expect(`${row}`.replace('the same', EPROTOCOL)).toContain(`\`${meets}\``);
});

function shown(field: keyof Limits): string {
  const value = DEFAULT_LIMITS[field];
  if (!/Bytes/.test(field)) return value.toLocaleString('en-US');
  return value < 2 ** 20 ? `${value / 2 ** 10} KiB` : `${value / 2 ** 20} MiB`;
}

const EPROTOCOL = '`EPROTOCOL`';

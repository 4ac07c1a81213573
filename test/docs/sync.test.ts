import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { page, proseOf, ROOT, rowsOf } from './markdown.ts';

// docs/sync.md leads from each paragraph of the seed to the lines that answer it.

const PAGE = page('docs/sync.md');

/** [`name`](../src/…#L1) */
const LEADS = [...proseOf(PAGE).matchAll(/\[`(\w+)`\]\(\.\.\/(src\/[^)#]+)#L\d+\)/g)].map(
  ([, name = '', file = '']) => ({
    name,
    file,
  }),
);

/** What the mail says, in its own words; each has a row. */
const SAYINGS = [
  'from a token to a spinlock',
  'fix the race in kern/vfs_bio.c',
  'workaround',
  'interlocked sleep with release of mutex',
  'set the cpumask bit in the tsleep/wakeup hash table',
  'protects us from processing the IPI too early',
  'in_critical_section',
  'deferred to here',
  'cpu-locality-of-reference',
];

test('every paragraph of the mail has a row, and every row leads to a line', () => {
  const table = PAGE.slice(PAGE.indexOf('## The mail'), PAGE.indexOf('## Idents'));
  const rows = rowsOf(table);
  expect(rows.map(([saying = '']) => SAYINGS.find((one) => saying.includes(one)))).toEqual(SAYINGS);
  expect(rows.filter(([, , where = '']) => !/^\[`\w+`\]\(/.test(where))).toEqual([]);
});

// Else: node scripts/doc-lines.js --write
test('each name is a link to the line that defines it', async () => {
  expect(LEADS.length).toBeGreaterThan(20);
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/doc-lines.js')]);
  expect(PAGE).toBe(stdout);
});

test('the sections of the specification that it names have comments in the code', () => {
  const named = [...PAGE.matchAll(/grep -rn "([^"]+)" src/g)].map(([, text = '']) => text);
  expect(named.length).toBeGreaterThan(0);
  const files = new Set(LEADS.map(({ file }) => file));
  for (const text of named) {
    expect([...files].some((file) => readFileSync(join(ROOT, file), 'utf8').includes(text))).toBe(true);
  }
});

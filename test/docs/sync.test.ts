import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { page, proseOf, ROOT, rowsOf } from './markdown.ts';

// docs/sync.md leads from each paragraph of the seed to the functions that answer it.

const PAGE = page('docs/sync.md');

/** `name`, or several, in [file](../src/…). */
const LEADS = [...proseOf(PAGE).matchAll(/((?:`\w+`(?:, | and )?)+) in\s\[[^\]]+\]\(\.\.\/(src\/[^)]+)\)/g)].flatMap(
  ([, names = '', file = '']) => [...names.matchAll(/\w+(?=`)/g)].map(([name]) => ({ name, file })),
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
];

test('every paragraph of the mail has a row, and every row leads to a function', () => {
  const table = PAGE.slice(PAGE.indexOf('## The mail'), PAGE.indexOf('## Idents'));
  const rows = rowsOf(table);
  expect(rows.map(([saying = '']) => SAYINGS.find((one) => saying.includes(one)))).toEqual(SAYINGS);
  expect(rows.filter(([, , where = '']) => !/`\w+`.* in \[/.test(where))).toEqual([]);
});

test.each(LEADS)('$name is in $file', ({ name, file }) => {
  const path = join(ROOT, file);
  expect(existsSync(path)).toBe(true);
  // Where it is defined, and not merely used: at the start of a line, behind keywords.
  const defined = new RegExp(
    String.raw`^ *(?:export )?(?:async )?(?:function|const|class|interface|type) ${name}\b|^  (?:async )?#?${name}\(`,
    'm',
  );
  expect(readFileSync(path, 'utf8')).toMatch(defined);
});

test('the sections of the specification that it names have comments in the code', () => {
  const named = [...PAGE.matchAll(/grep -rn "([^"]+)" src/g)].map(([, text = '']) => text);
  expect(named.length).toBeGreaterThan(0);
  const files = new Set(LEADS.map(({ file }) => file));
  for (const text of named) {
    expect([...files].some((file) => readFileSync(join(ROOT, file), 'utf8').includes(text))).toBe(true);
  }
});

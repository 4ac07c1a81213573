import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { page, ROOT, rowsOf } from './markdown.ts';

// docs/futex.md leads from each part of the seed to its code, and the code says which part it is of.

const PARTS = rowsOf(page('docs/futex.md')).filter(([part = '']) => /^I{1,3}$|^IV$/.test(part));

test('all four parts have a row', () => {
  expect(PARTS.map(([part]) => part)).toEqual(['I', 'II', 'III', 'IV']);
});

test.each(PARTS.map(([part = '', , code = '']) => [part, code]))('the code of Part %s says so', (part, code) => {
  const files = [...code.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(0);
  const says = new RegExp(`\\bPart ${part}\\b`);
  expect(files.filter((file) => !says.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

import { parseArguments } from '../../src/tour/arguments.ts';

test('without DIR: this package, without what a clone gathers', () => {
  const { dir, exclude, json } = parseArguments([]);
  expect(existsSync(join(dir, 'DESIGN.md')) || existsSync(join(dir, 'package.json'))).toBe(true);
  expect([...exclude].sort()).toEqual(['.git', 'dist', 'node_modules']);
  expect(json).toBe(false);
});

test('a DIR is read whole', () => {
  const { dir, exclude } = parseArguments(['some/where']);
  expect(dir).toBe(resolve('some/where'));
  expect(exclude.size).toBe(0);
});

test('flags and DIR in any order; -- ends the flags', () => {
  expect(parseArguments(['--json', '/x'])).toMatchObject({ dir: '/x', json: true });
  expect(parseArguments(['/x', '--socket', '/s', '--json'])).toMatchObject({ dir: '/x', json: true, socket: '/s' });
  expect(parseArguments(['--', '--json'])).toMatchObject({ dir: resolve('--json'), json: false });
});

test.each([
  [['--nope'], "Unknown option '--nope'"],
  [['-x'], "Unknown option '-x'"],
  [['--json=yes'], "Option '--json' does not take an argument"],
  [['a', 'b'], "one DIR at a time; unexpected argument 'b'"],
  [[''], 'DIR is empty'],
  [['--socket'], "Option '--socket <value>' argument missing"],
  [['--socket', '--json'], "Option '--socket' argument is ambiguous."],
  [['--socket='], '--socket needs a path'],
])('%j is refused in one line', (argv, message) => {
  expect(() => parseArguments(argv)).toThrow(expect.objectContaining({ name: 'UsageError', message }));
});

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { isPlainPath, parsePath } from '../../../servers/vfs/names.ts';

const parse = (path: unknown) => parsePath(path, 'open', 100);
const names = (...parts: string[]) => parts.map((part) => Buffer.from(part));

test('the root has no names', () => {
  expect(parse('')).toEqual([]);
});

test.each([
  ['a', names('a')],
  ['a/b/c', names('a', 'b', 'c')],
  ['...', names('...')],
  ['..a/.b', names('..a', '.b')],
  ['-rf', names('-rf')],
  ['a\nb/\\', names('a\nb', '\\')],
])('%j is a path', (path, expected) => {
  expect(parse(path)).toEqual(expected);
});

test('bytes that are not UTF-8 are names too', () => {
  const bytes = Uint8Array.of(0xff, 0x2f, 0xc0, 0xaf);
  expect(parse(bytes)).toEqual([Buffer.of(0xff), Buffer.of(0xc0, 0xaf)]);
});

test.each([
  ['..', 'EPERM'],
  ['a/..', 'EPERM'],
  ['a/../b', 'EPERM'],
  ['/', 'EPERM'],
  ['/etc/passwd', 'EPERM'],
  ['.', 'EINVAL'],
  ['a/./b', 'EINVAL'],
  ['a//b', 'EINVAL'],
  ['a/', 'EINVAL'],
  ['a\0b', 'EINVAL'],
  ['x'.repeat(101), 'ENAMETOOLONG'],
  [undefined, 'EINVAL'],
  [7, 'EINVAL'],
  [['a'], 'EINVAL'],
])('%j is refused with %s', (path, code) => {
  expect(() => parse(path)).toThrow(expect.objectContaining({ name: 'VfsError', code }));
});

test('.. in bytes is refused', () => {
  expect(() => parse(Buffer.from('a/../b'))).toThrow(expect.objectContaining({ code: 'EPERM' }));
});

test.each([
  ['a', true],
  ['a/b.c/d...', true],
  ['-rf/a\nb/\\', true],
  ['x'.repeat(100), true],
  ['x'.repeat(101), false],
  ['', false],
  ['/a', false],
  ['a/', false],
  ['a//b', false],
  ['a/../b', false],
  ['.a', false],
  ['a/\0', false],
  ['\u00e9', false],
  [Buffer.from('a'), false],
])('whether %j is plain: %j', (path, expected) => {
  expect(isPlainPath(path, 100)).toBe(expected);
});

test('a plain path is one, and its names are what stands between its slashes', () => {
  const part = fc.oneof(fc.constantFrom('a', 'b', '.', '..', '', '\0', '\u00e9', '\ud800'), fc.string());
  const paths = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  let plain = 0;
  fc.assert(
    fc.property(paths, (path) => {
      if (!isPlainPath(path, 100)) return;
      plain++;
      expect(parse(path).map((name) => name.toString('latin1'))).toEqual(path.split('/'));
    }),
    { numRuns: 1000 },
  );
  expect(plain).toBeGreaterThan(100);
});

import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { writeAt } from '../../../servers/hostfs/write-at.ts';
import { ScratchDirectory } from './scratch-directory.ts';

const refusal = (code: string): Error => expect.objectContaining({ code });

function withFile(content: string, flags: number, use: (fd: number, path: string) => void): void {
  using scratch = new ScratchDirectory();
  const path = scratch.write('file', content);
  const fd = openSync(path, flags);
  try {
    use(fd, path);
  } finally {
    closeSync(fd);
  }
}

test('writes where it is told; without an offset at the end, wherever that is by then', () => {
  withFile('0123456789', constants.O_RDWR, (fd, path) => {
    expect(writeAt(fd, 3, Buffer.from('abc'), false)).toBe(3);
    expect(writeAt(fd, null, Buffer.from('end'), false)).toBe(3);
    writeFileSync(path, 'more', { flag: 'a' });
    expect(writeAt(fd, null, Buffer.from('END'), false)).toBe(3);
    expect(writeAt(fd, 20, Buffer.of(), false)).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('012abc6789endmoreEND');
    expect(writeAt(fd, 22, Buffer.from('x'), false)).toBe(1);
    expect(readFileSync(path, 'latin1')).toBe('012abc6789endmoreEND\0\0x');
  });
});

test('a file that is open to append is appended to, whatever the offset', () => {
  withFile('start', constants.O_WRONLY | constants.O_APPEND, (fd, path) => {
    expect(writeAt(fd, 0, Buffer.from('1'), true)).toBe(1);
    writeFileSync(path, '2', { flag: 'a' });
    expect(writeAt(fd, null, Buffer.from('3'), true)).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe('start123');
  });
});

test.each([
  [-1, Buffer.of(1)],
  [0.5, Buffer.of(1)],
  [NaN, Buffer.of(1)],
  [2 ** 60, Buffer.of(1)],
  ['0', Buffer.of(1)],
  [undefined, Buffer.of(1)],
  [0, Buffer.alloc(65_537)],
  [0, 'text'],
  [0, [1, 2]],
  [0, new Uint16Array(1)],
  [0, undefined],
])('offset %j, data %j is EINVAL, and writes nothing', (offset, data) => {
  withFile('as it was', constants.O_RDWR, (fd, path) => {
    // What a caller may send, whatever the types say.
    expect(() => writeAt(fd, offset as number, data as Uint8Array, false)).toThrow(refusal('EINVAL'));
    expect(readFileSync(path, 'utf8')).toBe('as it was');
  });
});

test('a full medium: the count that it took, and only then ENOSPC', ({ skip }) => {
  using scratch = new ScratchDirectory();
  using mounted = mountTmpfs(scratch.path, '64k');
  if (mounted === undefined) return skip('a small tmpfs can be mounted by root only, and not in every container');
  const path = scratch.write('file', '');
  for (const append of [false, true]) {
    const fd = openSync(path, constants.O_RDWR | constants.O_TRUNC | (append ? constants.O_APPEND : 0));
    const data = Buffer.alloc(50_000, 'x');
    expect(writeAt(fd, null, data, append)).toBe(50_000);
    const count = writeAt(fd, null, data, append);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(50_000);
    expect(() => writeAt(fd, null, data, append)).toThrow(refusal('ENOSPC'));
    expect(readFileSync(path, 'utf8')).toBe('x'.repeat(50_000 + count));
    closeSync(fd);
  }
});

/** Undefined where that is not allowed. */
function mountTmpfs(path: string, size: string): Disposable | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { [Symbol.dispose]: () => void execFileSync('umount', [path]) };
}

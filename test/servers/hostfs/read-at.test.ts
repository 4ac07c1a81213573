import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { readAt } from '../../../servers/hostfs/read-at.ts';
import { ScratchDirectory } from './scratch-directory.ts';

function withFile(content: Uint8Array, use: (fd: number) => void): void {
  using scratch = new ScratchDirectory();
  const fd = openSync(scratch.write('file', content), 'r');
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}

test('short only at the end, and never more memory than bytes', () => {
  const content = Uint8Array.from({ length: 100 }, (_, index) => index);
  withFile(content, (fd) => {
    expect(readAt(fd, 0, 100)).toEqual(content);
    expect(readAt(fd, 90, 50)).toEqual(content.slice(90));
    expect(readAt(fd, 90, 50).buffer.byteLength).toBe(10);
    expect(readAt(fd, 100, 1)).toEqual(new Uint8Array());
    expect(readAt(fd, 0, 0)).toEqual(new Uint8Array());
    expect(readAt(fd, 5, 3).constructor).toBe(Uint8Array);
  });
});

test.skipIf(!existsSync('/proc/kallsyms'))('goes on where the host answers in pieces', () => {
  // procfs hands out a page at a time, and says that the size is 0.
  const fd = openSync('/proc/kallsyms', 'r');
  const expected = readFileSync('/proc/kallsyms').subarray(0, 65_536);
  expect(Buffer.from(readAt(fd, 0, 65_536)).equals(expected)).toBe(true);
  closeSync(fd);
});

test.each([
  [-1, 1],
  [0.5, 1],
  [NaN, 1],
  [0, -1],
  [0, 65_537],
  [0, 1.5],
  [2 ** 60, 1],
])('offset %d, length %d is EINVAL', (offset, length) => {
  withFile(Uint8Array.of(1), (fd) => {
    expect(() => readAt(fd, offset, length)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { OpenFile } from '../../../servers/hostfs/open-file.ts';
import { ScratchDirectory } from './scratch-directory.ts';

const refusal = (code: string): Error => expect.objectContaining({ name: 'VfsError', code });

test('a closed file is closed, even when its descriptor number is in use again', async () => {
  using scratch = new ScratchDirectory();
  const fd = openSync(scratch.write('served', 'served'), 'r+');
  const file = new OpenFile(fd, 'served');
  expect(Buffer.from(file.read(0, 6)).toString()).toBe('served');
  file.release();
  const path = scratch.write('other', 'other');
  const other = openSync(path, 'r+');
  expect(other, 'the lowest free number is taken').toBe(fd);
  const closed = refusal('EBADF');
  expect(() => file.read(0, 5)).toThrow(closed);
  expect(() => file.stat()).toThrow(closed);
  expect(() => file.write(0, Buffer.from('x'))).toThrow(closed);
  expect(() => file.truncate(0)).toThrow(closed);
  expect(() => file.chmod(0o777)).toThrow(closed);
  expect(() => file.utimes({ atimeMs: 0, mtimeMs: 0 })).toThrow(closed);
  await expect(file.sync()).rejects.toThrow(closed);
  expect(() => file.close()).toThrow(closed);
  file.release();
  expect(readFileSync(path, 'utf8')).toBe('other');
  expect(() => closeSync(other), 'the second close closed nothing').not.toThrow();
});

test('a file that is closed while it is synced stays open beneath the sync, and not longer', async () => {
  using scratch = new ScratchDirectory();
  const fd = openSync(scratch.write('served', 'served'), 'r+');
  const file = new OpenFile(fd, 'served');
  const syncs = [file.sync(), file.sync(true)];
  file.close();
  expect(() => file.read(0, 1)).toThrow(refusal('EBADF'));
  const other = openSync(scratch.write('other', 'other'), 'r');
  expect(other, 'the number is not free').not.toBe(fd);
  await Promise.all(syncs);
  expect(() => fstatSync(fd)).toThrow('EBADF');
  closeSync(other);
});

test.skipIf(process.platform !== 'linux').each([false, true])(
  'what the host says to a sync arrives, dataOnly %s: procfs has no medium',
  async (dataOnly) => {
    const file = new OpenFile(openSync('/proc/version', 'r'), 'served');
    await expect(file.sync(dataOnly)).rejects.toThrow("EINVAL: invalid argument, sync 'served'");
    file.close();
  },
);

test('writing needs access for it, and reading too', () => {
  using scratch = new ScratchDirectory();
  const path = scratch.write('served', 'served');
  const reader = new OpenFile(openSync(path, constants.O_RDONLY), 'served');
  expect(() => reader.write(0, Buffer.from('x'))).toThrow(refusal('EBADF'));
  expect(() => reader.write(0, Buffer.of())).toThrow(refusal('EBADF'));
  expect(() => reader.truncate(0)).toThrow(refusal('EINVAL'));
  const writer = new OpenFile(openSync(path, constants.O_WRONLY), 'served');
  expect(() => writer.read(0, 1)).toThrow(refusal('EBADF'));
  reader.close();
  writer.close();
  expect(readFileSync(path, 'utf8')).toBe('served');
});

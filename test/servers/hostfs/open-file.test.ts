import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';

import { OpenFile } from '../../../servers/hostfs/open-file.ts';
import { ScratchDirectory } from './scratch-directory.ts';

test('a closed file is closed, even when its descriptor number is in use again', () => {
  using scratch = new ScratchDirectory();
  const fd = openSync(scratch.write('served', 'served'), 'r');
  const file = new OpenFile(fd, 'served');
  expect(Buffer.from(file.read(0, 6)).toString()).toBe('served');
  file.release();
  const other = openSync(scratch.write('other', 'other'), 'r');
  expect(other, 'the lowest free number is taken').toBe(fd);
  const closed = expect.objectContaining({ name: 'VfsError', code: 'EBADF' });
  expect(() => file.read(0, 5)).toThrow(closed);
  expect(() => file.stat()).toThrow(closed);
  expect(() => file.close()).toThrow(closed);
  file.release();
  expect(() => closeSync(other), 'the second close closed nothing').not.toThrow();
});

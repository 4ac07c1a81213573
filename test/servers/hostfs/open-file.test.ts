import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';

import { OpenFile } from '../../../servers/hostfs/open-file.ts';
import { ScratchDirectory } from './scratch-directory.ts';

test('a closed file is stale, even when its descriptor number is in use again', () => {
  using scratch = new ScratchDirectory();
  const fd = openSync(scratch.write('served', 'served'), 'r');
  const file = new OpenFile(fd, 'served');
  expect(Buffer.from(file.read(0, 6)).toString()).toBe('served');
  file.close();
  const other = openSync(scratch.write('other', 'other'), 'r');
  expect(other, 'the lowest free number is taken').toBe(fd);
  const stale = expect.objectContaining({ name: 'VfsError', code: 'ESTALE' });
  expect(() => file.read(0, 5)).toThrow(stale);
  expect(() => file.stat()).toThrow(stale);
  file.close();
  expect(() => closeSync(other), 'the second close closed nothing').not.toThrow();
});

import { fs } from 'easync/servers/fs';
import { Vfs } from 'easync/servers/vfs';
import { expect, test } from 'vitest';

import { server } from '../../support/file-systems.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

test('with atomic, writeFile puts a new file in the place of the old one, or changes nothing', async () => {
  await using system = await testSystem();
  using vfs = await system.sys.open(Vfs, server('memfs'), { options: { maxBytes: 200_000 } });
  const files = fs(vfs, { atomic: true });
  await files.mkdir('/d');
  await files.writeFile('/d/file', 'old', { mode: 0o640 });
  await files.chmod('/d/file', 0o606);
  await files.symlink('file', '/d/link');
  await using before = await files.open('/d/file');
  const { ino } = await before.stat();

  await files.writeFile('/d/file', 'new');
  expect(await before.readFile('utf8')).toBe('old');
  expect(await files.readFile('/d/file', 'utf8')).toBe('new');
  const after = await files.stat('/d/file');
  expect([after.mode & 0o777, after.ino === ino]).toEqual([0o606, false]);

  await files.writeFile('/d/link', 'through');
  expect(await files.readFile('/d/file', 'utf8')).toBe('through');
  expect((await files.lstat('/d/link')).isSymbolicLink()).toBe(true);

  const full = await rejection(files.writeFile('/d/file', Buffer.alloc(300_000)));
  expect(full).toMatchObject({ code: 'ENOSPC', syscall: 'write' });
  expect(await files.readFile('/d/file', 'utf8')).toBe('through');
  expect(await rejection(files.writeFile('/d', 'x'))).toMatchObject({ code: 'EISDIR', syscall: 'open', path: '/d' });
  const missing = await rejection(files.writeFile('/none/file', 'x'));
  expect(missing.message).toBe("ENOENT: no such file or directory, open '/none/file'");
  expect((await files.readdir('/d')).sort()).toEqual(['file', 'link']);
});

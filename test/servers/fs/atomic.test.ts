import { type FsClient, fs } from 'easync/servers/fs';
import { Vfs } from 'easync/servers/vfs';
import { expect, test } from 'vitest';

import { openFiles, server } from '../../support/file-systems.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

test('writeFile puts a new file in the place of the old one, or changes nothing', async () => {
  await using system = await testSystem();
  using vfs = await system.sys.open(Vfs, server('memfs'), { options: { maxBytes: 200_000 } });
  const files = fs(vfs);
  await files.mkdir('/d');
  await files.writeFile('/d/file', 'old', { mode: 0o640 });
  await files.chmod('/d/file', 0o606);
  await using before = await files.open('/d/file');

  expect(await isReplaced(files, '/d/file', 'new')).toBe(true);
  expect(await before.readFile('utf8')).toBe('old');
  expect(await files.readFile('/d/file', 'utf8')).toBe('new');
  expect((await files.stat('/d/file')).mode & 0o777).toBe(0o606);

  const full = await rejection(files.writeFile('/d/file', Buffer.alloc(300_000)));
  expect(full).toMatchObject({ code: 'ENOSPC', syscall: 'write' });
  expect(await files.readFile('/d/file', 'utf8')).toBe('new');
  expect(await rejection(files.writeFile('/d', 'x'))).toMatchObject({ code: 'EISDIR', syscall: 'open', path: '/d' });
  const missing = await rejection(files.writeFile('/none/file', 'x'));
  expect(missing.message).toBe("ENOENT: no such file or directory, open '/none/file'");
  expect(await files.readdir('/d')).toEqual(['file']);
});

test('through a link it is the file that is replaced, and the link stays', async () => {
  await using system = await testSystem();
  await using opened = await openFiles(system.sys, 'hostfs', 'inline');
  const { files } = opened;
  await files.mkdir('/d');
  await files.writeFile('/d/file', 'old', { mode: 0o640 });
  await files.symlink('d/file', '/link');
  await files.symlink('link', '/to-link');
  expect(await isReplaced(files, '/to-link', 'through')).toBe(true);
  expect(await files.readFile('/d/file', 'utf8')).toBe('through');
  expect((await files.stat('/d/file')).mode & 0o777).toBe(0o640);
  expect([await files.readlink('/to-link'), await files.readlink('/link')]).toEqual(['link', 'd/file']);
  await files.symlink('d/new', '/dangling');
  await files.writeFile('/dangling', 'made');
  expect(await files.readFile('/d/new', 'utf8')).toBe('made');
  expect((await files.readdir('/', { recursive: true })).sort()).toEqual(
    ['d', 'd/file', 'd/new', 'dangling', 'link', 'to-link'].sort(),
  );
});

test.each(['EACCES', 'EPERM', 'EROFS'])(
  'it is written in place where no file can be made beside it (%s)',
  async (code) => {
    await using system = await testSystem();
    await using opened = await openFiles(system.sys, 'hostfs', 'inline');
    const { files, vfs } = opened;
    await files.writeFile('/file', 'old and long');
    const names: string[] = [];
    // As a directory that may not be written does; a host lets root.
    const open: typeof vfs.open = (args) => {
      names.push(String(args.path));
      if (args.exclusive === true) throw Object.assign(new Error(code), { code });
      return vfs.open(args);
    };
    expect(await isReplaced(fs({ ...vfs, open }), '/file', 'new')).toBe(false);
    expect(await files.readFile('/file', 'utf8')).toBe('new');
    expect(names.map((name) => name.replace(/\w{6}\.lock$/, 'RANDOM'))).toEqual([
      'tmp_obj_file.easync-tmp-RANDOM',
      'file',
    ]);
  },
);

test('it is written in place where the name cannot be taken, and where it is not one file of its own', async () => {
  await using system = await testSystem();
  await using opened = await openFiles(system.sys, 'hostfs', 'inline');
  const { files, vfs, root } = opened;
  await files.writeFile('/file', 'old');
  const rename: typeof vfs.rename = () => {
    throw Object.assign(new Error('a mount point'), { code: 'EBUSY' });
  };
  expect(await isReplaced(fs({ ...vfs, rename }), '/file', 'new')).toBe(false);
  expect(await isReplaced(fs(vfs, { atomic: false }), '/file', 'newer')).toBe(false);
  const { link } = await import('node:fs/promises');
  await link(`${root}/file`, `${root}/other`);
  expect(await isReplaced(files, '/file', 'for both')).toBe(false);
  expect(await files.readFile('/other', 'utf8')).toBe('for both');
  expect((await files.readdir('/')).sort()).toEqual(['file', 'other']);
});

test('names of every length are replaced', async () => {
  await using system = await testSystem();
  await using opened = await openFiles(system.sys, 'hostfs', 'inline');
  const { files } = opened;
  for (const name of ['n'.repeat(255), '\u00e9'.repeat(127), 'x']) {
    await files.writeFile(`/${name}`, 'old');
    expect(await isReplaced(files, `/${name}`, 'new'), name).toBe(true);
  }
  expect((await files.readdir('/')).length).toBe(3);
});

async function isReplaced(files: FsClient, path: string, data: string): Promise<boolean> {
  const { ino } = await files.stat(path);
  await files.writeFile(path, data);
  return (await files.stat(path)).ino !== ino;
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { File, Listing, pathBytes, Vfs, type Entry } from 'easync/servers/vfs';

import { testSystem } from '../../support/system.ts';
import { ScratchDirectory } from './scratch-directory.ts';

/** The built one: a thread or process cannot load the sources. */
const HOSTFS = new URL('../../../dist/servers/hostfs/index.js', import.meta.url);

const refusal = (code: string): Error => expect.objectContaining({ name: 'VfsError', code });

describe.each(['inline', 'thread', 'process'] as const)('hostfs %s', (place) => {
  test('lists, opens and reads; odd names arrive unharmed', async () => {
    using root = new ScratchDirectory();
    const odd = Buffer.of(0x61, 0xff);
    writeFileSync(root.atBytes(odd), 'odd');
    root.write('d/new\nline', 'x'.repeat(100));
    symlinkSync('d', root.at('link'));
    execFileSync('mkfifo', [root.at('fifo')]);
    await using t = await testSystem();
    const system = t.sys;
    using files = await system.open(Vfs, HOSTFS, { place, options: { root: root.path } });

    const { entries, rest } = await files.readdir({ path: '' });
    expect(rest).toBe(null);
    expect(new Map(entries.map(({ name, type }) => [pathBytes(name).toString('latin1'), type]))).toEqual(
      new Map([
        ['a\xff', 'file'],
        ['d', 'directory'],
        ['link', 'symlink'],
        ['fifo', 'fifo'],
      ]),
    );

    const opened = await files.open({ path: new Uint8Array(odd) });
    expect(opened.size).toBe(3);
    using file = system.bind(File, opened.file);
    expect(Buffer.from(await file.read({ offset: 1, length: 100 })).toString()).toBe('dd');
    expect(await file.stat()).toMatchObject({ type: 'file', size: 3 });
    expect(await files.stat({ path: 'd/new\nline' })).toMatchObject({ type: 'file', size: 100 });
    expect(await files.stat({ path: '' })).toMatchObject({ type: 'directory' });
  });

  test('refusals arrive with class, code and the path the client used', async () => {
    using root = new ScratchDirectory();
    root.write('file', '');
    symlinkSync('/etc/passwd', root.at('out'));
    mkdirSync(root.at('d'));
    await using t = await testSystem();
    const system = t.sys;
    using files = await system.open(Vfs, HOSTFS, { place, options: { root: root.path } });
    await expect(files.open({ path: 'none' })).rejects.toThrow("ENOENT: no such file or directory, open 'none'");
    await expect(files.open({ path: 'none' })).rejects.toThrow(refusal('ENOENT'));
    await expect(files.open({ path: '../etc/passwd' })).rejects.toThrow(refusal('EPERM'));
    await expect(files.open({ path: '/etc/passwd' })).rejects.toThrow(refusal('EPERM'));
    await expect(files.open({ path: 'out' })).rejects.toThrow(refusal('ELOOP'));
    await expect(files.open({ path: 'd' })).rejects.toThrow(refusal('EISDIR'));
    await expect(files.readdir({ path: 'file' })).rejects.toThrow(refusal('ENOTDIR'));
    await expect(files.stat({ path: 'a//b' })).rejects.toThrow(refusal('EINVAL'));
    using file = system.bind(File, (await files.open({ path: 'file' })).file);
    await expect(file.read({ offset: -1, length: 1 })).rejects.toThrow(refusal('EINVAL'));
    await expect(file.read({ offset: 0, length: 65_537 })).rejects.toThrow(refusal('EINVAL'));
  });

  // A thread takes the way of a process.
  test.skipIf(place === 'thread')('a long directory comes in pieces, each entry once', async () => {
    using root = new ScratchDirectory();
    execFileSync('bash', ['-c', 'cd "$1"; touch {1..4200}', '-', root.path]);
    await using t = await testSystem();
    const system = t.sys;
    using files = await system.open(Vfs, HOSTFS, { place, options: { root: root.path } });
    const { entries, rest } = await files.readdir({ path: '' });
    if (rest === null) throw new Error('4200 entries came in one reply');
    using listing = system.bind(Listing, rest);
    const all: Entry[] = [...entries];
    for (let page = await listing.next(); page.length > 0; page = await listing.next()) all.push(...page);
    expect(all.length).toBe(4200);
    expect(new Set(all.map((entry) => entry.name)).size).toBe(4200);
    expect(await listing.next()).toEqual([]);
  });

  test.each([{}, { root: 'relative' }, null])('refuses options %j', async (options) => {
    await using t = await testSystem();
    const system = t.sys;
    const opening = system.open(Vfs, HOSTFS, { place, options });
    await expect(opening).rejects.toThrow('hostfs needs options { root }');
  });

  test('a root that is not there fails the open', async () => {
    await using t = await testSystem();
    const system = t.sys;
    const opening = system.open(Vfs, HOSTFS, { place, options: { root: '/nowhere/at/all' } });
    await expect(opening).rejects.toThrow('ENOENT');
  });

  test.skipIf(process.platform !== 'linux')(
    'a file is closed when its last right goes, and the root with the driver',
    async () => {
      using root = new ScratchDirectory();
      for (let i = 0; i < 50; i++) root.write(`d${i % 3}/${i}`, '');
      await using t = await testSystem();
      const system = t.sys;
      const files = await system.open(Vfs, HOSTFS, { place, options: { root: root.path } });
      const { pid } = await files.where();
      const below = (): string[] => openBelow(pid, root.path);
      const opened = [];
      for (let i = 0; i < 50; i++) opened.push(system.bind(File, (await files.open({ path: `d${i % 3}/${i}` })).file));
      expect(below().length).toBe(50 + 3 + 1);
      for (const file of opened) file[Symbol.dispose]();
      await until(() => below().length === 3 + 1);
      files[Symbol.dispose]();
      await until(() => below().length === 0);
    },
  );
});

/** The descriptors of a process that are `root` or something under it. */
function openBelow(pid: number, root: string): string[] {
  const out = execFileSync('bash', ['-c', 'readlink /proc/$1/fd/* || true', '-', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return out.split('\n').filter((path) => path === root || path.startsWith(`${root}/`));
}

/** No-senders is a message: wait for what it brings about. The test's time limit is the bound. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

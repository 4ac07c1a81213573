import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { testSystem } from '../../support/system.ts';
import { File, Vfs } from 'easync/servers/vfs';

import { ScratchDirectory } from './scratch-directory.ts';

/** The built one: a thread or process cannot load the sources. */
const HOSTFS = new URL('../../../dist/servers/hostfs/index.js', import.meta.url);

const refusal = (code: string): Error => expect.objectContaining({ name: 'VfsError', code });

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each(['inline', 'thread', 'process'] as const)('hostfs %s', (place) => {
  test('files are made, written, cut, synced, dated and closed', async () => {
    using root = new ScratchDirectory();
    await using t = await testSystem();
    const system = t.sys;
    using files = await system.open(Vfs, HOSTFS, { place, options: { root: root.path } });
    const { file: right, size } = await files.open({ path: 'f', access: 'both', create: true, mode: 0o640 });
    using file = system.bind(File, right);
    expect(size).toBe(0);
    const data = bytes('hello world');
    const writing = file.write({ offset: 0, data });
    data.fill(0x78);
    expect(await writing, 'as the bytes were when it was called').toBe(11);
    expect(readFileSync(root.at('f'), 'utf8')).toBe('hello world');
    expect(await file.write({ offset: null, data: bytes('!') })).toBe(1);
    expect(await file.write({ offset: 13, data: bytes('gap') })).toBe(3);
    await file.sync({});
    await file.sync({ dataOnly: true });
    expect(readFileSync(root.at('f'), 'utf8')).toBe('hello world!\0gap');
    await file.truncate({ length: 5 });
    await file.chmod({ mode: 0o600 });
    await file.utimes({ atimeMs: 1000, mtimeMs: -2000 });
    expect(await file.stat()).toMatchObject({ size: 5, mode: 0o600, atimeMs: 1000, mtimeMs: -2000 });
    expect(lstatSync(root.at('f'))).toMatchObject({ size: 5, atimeMs: 1000, mtimeMs: -2000 });
    expect(Buffer.from(await file.read({ offset: 0, length: 100 })).toString()).toBe('hello');
    await file.close();
    await expect(file.write({ offset: 0, data: bytes('x') })).rejects.toThrow(refusal('EBADF'));
    await expect(file.sync({})).rejects.toThrow(refusal('EBADF'));
    await expect(file.close()).rejects.toThrow(refusal('EBADF'));
  });

  test('the tree is changed', async () => {
    using root = new ScratchDirectory();
    await using t = await testSystem();
    const system = t.sys;
    using files = await system.open(Vfs, HOSTFS, { place, options: { root: root.path } });
    await files.mkdir({ path: 'd' });
    await files.mkdir({ path: 'd/e', mode: 0o700 });
    expect(lstatSync(root.at('d/e')).mode & 0o777).toBe(0o700);
    await files.symlink({ target: 'd/e', path: 'l' });
    expect(await files.readlink({ path: 'l' })).toEqual({ target: 'd/e' });
    root.write('d/e/f', 'x');
    expect(await files.realpath({ path: 'l/f' })).toEqual({ path: 'd/e/f' });
    await files.rename({ from: 'l/f', to: 'd/g' });
    expect(readFileSync(root.at('d/g'), 'utf8')).toBe('x');
    await files.chmod({ path: 'd/g', mode: 0o1755 });
    expect(lstatSync(root.at('d/g')).mode & 0o7777).toBe(0o1755);
    await files.access({ path: 'd/g', mode: 7 });
    await files.utimes({ path: 'l', atimeMs: 5000, mtimeMs: 6000 });
    expect(lstatSync(root.at('l'))).toMatchObject({ atimeMs: 5000, mtimeMs: 6000 });
    await files.utimes({ path: 'l', follow: true, atimeMs: 7000, mtimeMs: 8000 });
    expect(lstatSync(root.at('d/e'))).toMatchObject({ atimeMs: 7000, mtimeMs: 8000 });
    await files.unlink({ path: 'd/g' });
    await files.unlink({ path: 'l' });
    await files.rmdir({ path: 'd/e' });
    expect(readdirSync(root.path, { recursive: true })).toEqual(['d']);
  });

  test('setuid and setgid are refused, unless it was told that they may be set', async () => {
    using root = new ScratchDirectory();
    await using t = await testSystem();
    root.write('f', '');
    const open = (options: object) => t.sys.open(Vfs, HOSTFS, { place, options: { root: root.path, ...options } });
    const modeOf = (name: string): number => lstatSync(root.at(name)).mode & 0o7777;
    using files = await open({});
    using file = t.sys.bind(File, (await files.open({ path: 'f', access: 'write' })).file);
    const before = modeOf('f');
    for (const mode of [0o4700, 0o2700, 0o6700]) {
      const made = files.open({ path: 'new', access: 'write', create: true, mode });
      await expect(made).rejects.toThrow(refusal('EPERM'));
      await expect(files.chmod({ path: 'f', mode })).rejects.toThrow("EPERM: operation not permitted, chmod 'f'");
      await expect(file.chmod({ mode })).rejects.toThrow(refusal('EPERM'));
    }
    expect(readdirSync(root.path)).toEqual(['f']);
    expect(modeOf('f')).toBe(before);
    using trusting = await open({ setuid: true });
    const how = { path: 'new', access: 'write', create: true, mode: 0o4700 } as const;
    using made = t.sys.bind(File, (await trusting.open(how)).file);
    expect(modeOf('new')).toBe(0o4700);
    await made.chmod({ mode: 0o4711 });
    await trusting.chmod({ path: 'f', mode: 0o4755 });
    expect([modeOf('new'), modeOf('f')]).toEqual([0o4711, 0o4755]);
  });

  test('readOnly refuses every change, and nothing but changes', async () => {
    using root = new ScratchDirectory();
    root.write('f', 'content');
    mkdirSync(root.at('d'));
    symlinkSync('f', root.at('l'));
    const before = describeTree(root);
    await using t = await testSystem();
    const system = t.sys;
    using files = await system.open(Vfs, HOSTFS, { place, options: { root: root.path, readOnly: true } });
    const times = { atimeMs: 0, mtimeMs: 0 };
    using file = system.bind(File, (await files.open({ path: 'l', follow: true })).file);
    const changes = await Promise.allSettled([
      files.open({ path: 'f', access: 'write' }),
      files.open({ path: 'f', access: 'both', append: true }),
      files.open({ path: 'f', access: 'write', truncate: true }),
      files.open({ path: 'new', create: true }),
      files.access({ path: 'f', mode: 2 }),
      files.mkdir({ path: 'new' }),
      files.rmdir({ path: 'd' }),
      files.unlink({ path: 'f' }),
      files.rename({ from: 'f', to: 'new' }),
      files.symlink({ target: 'f', path: 'new' }),
      files.chmod({ path: 'f', mode: 0o777 }),
      files.utimes({ path: 'f', ...times }),
      file.write({ offset: 0, data: bytes('x') }),
      file.truncate({ length: 0 }),
      file.chmod({ mode: 0o777 }),
      file.utimes(times),
    ]);
    for (const [index, change] of changes.entries()) {
      expect(change, String(index)).toEqual({ status: 'rejected', reason: refusal('EROFS') });
    }
    expect(describeTree(root)).toEqual(before);
    expect(Buffer.from(await file.read({ offset: 0, length: 7 })).toString()).toBe('content');
    await file.sync({});
    await files.access({ path: 'f', mode: 4 });
    expect(await files.readlink({ path: 'l' })).toEqual({ target: 'f' });
    expect(await files.realpath({ path: 'l' })).toEqual({ path: 'f' });
    await file.close();
  });
});

function describeTree(root: ScratchDirectory): unknown[] {
  return readdirSync(root.path, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { mode, size, mtimeMs, ctimeMs } = lstatSync(root.at(name));
    const target = lstatSync(root.at(name)).isSymbolicLink() ? readlinkSync(root.at(name)) : '';
    return { name, mode, size, mtimeMs, ctimeMs, target, leads: existsSync(root.at(name)) };
  });
}

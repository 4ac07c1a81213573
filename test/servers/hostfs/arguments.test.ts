import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';

import { testSystem } from '../../support/system.ts';
import { File, Vfs } from 'easync/servers/vfs';

import { ScratchDirectory } from './scratch-directory.ts';
import { treeOf } from './tree.ts';

/** The built one, as users get it. */
const HOSTFS = new URL('../../../dist/servers/hostfs/index.js', import.meta.url);

/** A stub without its types: what a caller may send. */
type Untyped = Record<string, (args: unknown) => unknown>;

const times = { atimeMs: 0, mtimeMs: 0 };

const PATH_CALLS: readonly [routine: string, args: unknown, says: string][] = [
  ['open', { path: 'new', create: true, access: 'execute' }, "open 'access has to be"],
  ['open', { path: 'new', create: 1, access: 'write' }, "open 'create has to be"],
  ['open', { path: 'f', truncate: true }, "open 'truncate needs access"],
  ['open', { path: 'f', access: 'write', truncate: 'no' }, "open 'truncate has to be"],
  ['open', { path: 'f', access: 'write', append: null }, "open 'append has to be"],
  ['open', { path: 'new', create: true, mode: 0o10000 }, "open 'mode has to be a whole number from 0 to 4095"],
  ['open', { path: 'new', create: true, mode: '644' }, "open 'mode has to be"],
  ['open', { path: 'new', create: true, exclusive: 'x' }, "open 'exclusive has to be"],
  ['open', { path: 'f', follow: 0 }, "open 'follow has to be"],
  ['readdir', { path: '', follow: 'yes' }, "readdir 'follow has to be"],
  ['stat', { path: 'f', follow: {} }, "stat 'follow has to be"],
  ['access', { path: 'f', mode: 8 }, "access 'mode has to be a whole number from 0 to 7"],
  ['access', { path: 'f' }, "access 'mode has to be"],
  ['mkdir', { path: 'new', mode: -1 }, "mkdir 'mode has to be"],
  ['mkdir', { path: 'new', mode: 0.5 }, "mkdir 'mode has to be"],
  ['rename', { from: 'f', to: 7 }, "rename 'not a path: number'"],
  ['rename', { from: 'f' }, "rename 'not a path: undefined'"],
  ['symlink', { target: 7, path: 'new' }, "symlink 'not a path: number'"],
  ['symlink', { target: 'a\0b', path: 'new' }, 'symlink'],
  ['chmod', { path: 'f' }, "chmod 'mode has to be"],
  ['chmod', { path: 'f', mode: NaN }, "chmod 'mode has to be"],
  ['utimes', { path: 'f', atimeMs: 0 }, "utimes 'atimeMs and mtimeMs have to be"],
  ['utimes', { path: 'f', atimeMs: 0, mtimeMs: Infinity }, "utimes 'atimeMs and mtimeMs have to be"],
  ['utimes', { path: 'f', ...times, follow: 1 }, "utimes 'follow has to be"],
];

const FILE_CALLS: readonly [routine: string, args: unknown, says: string][] = [
  ['read', { offset: 0, length: '1' }, "read 'f'"],
  ['write', { offset: -1, data: new Uint8Array(1) }, "write 'offset has to be"],
  ['write', { offset: 0, data: 'text' }, "write 'data has to be a Uint8Array of at most 65536 bytes"],
  ['truncate', { length: -1 }, "truncate 'length has to be"],
  ['truncate', {}, "truncate 'length has to be"],
  ['sync', { dataOnly: 'yes' }, "sync 'dataOnly has to be"],
  ['chmod', { mode: 0o10000 }, "chmod 'mode has to be"],
  ['utimes', { ...times, mtimeMs: '0' }, "utimes 'atimeMs and mtimeMs have to be"],
];

test('calls that are wrong are EINVAL, say what is wrong with what, and change nothing', async () => {
  using root = new ScratchDirectory();
  root.write('f', 'content');
  mkdirSync(root.at('d'));
  const before = treeOf(root.path);
  await using t = await testSystem();
  const system = t.sys;
  using files = await system.open(Vfs, HOSTFS, { place: 'inline', options: { root: root.path } });
  using file = system.bind(File, (await files.open({ path: 'f', access: 'both' })).file);
  for (const [stub, calls] of [
    [files as unknown as Untyped, PATH_CALLS],
    [file as unknown as Untyped, FILE_CALLS],
  ] as const) {
    for (const [routine, args, says] of calls) await expectRefusal(stub, routine, args, says);
    for (const routine of new Set(calls.map(([name]) => name))) {
      for (const args of [undefined, null, 7, 'f']) {
        await expectRefusal(stub, routine, args, `${routine} 'the arguments have to be an object'`);
      }
    }
  }
  for (const routine of ['open', 'readdir', 'stat', 'readlink', 'realpath', 'mkdir', 'rmdir', 'unlink']) {
    await expectRefusal(files as unknown as Untyped, routine, { path: ['f'] }, `${routine} 'not a path: object'`);
  }
  expect(treeOf(root.path)).toEqual(before);
});

async function expectRefusal(stub: Untyped, routine: string, args: unknown, says: string): Promise<void> {
  const call = async (): Promise<unknown> => await stub[routine]?.(args);
  await expect(call(), `${routine} ${JSON.stringify(args)}`).rejects.toMatchObject({
    name: 'VfsError',
    code: 'EINVAL',
    message: expect.stringContaining(says),
  });
}

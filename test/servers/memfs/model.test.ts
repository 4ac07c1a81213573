import * as node from 'node:fs/promises';

import { fs, type FsClient } from 'easync/servers/fs';
import { Vfs } from 'easync/servers/vfs';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { server } from '../../support/file-systems.ts';
import { Scratch } from '../../support/scratch.ts';
import { testSystem } from '../../support/system.ts';

// Random histories on memory and on a directory of the host: each call ends the same way, and the trees are the same.

type Files = Pick<
  FsClient,
  'chmod' | 'copyFile' | 'lstat' | 'mkdir' | 'open' | 'readFile' | 'readdir' | 'readlink' | 'realpath' | 'rename' | 'rm'
> &
  Pick<FsClient, 'rmdir' | 'stat' | 'symlink' | 'truncate' | 'unlink' | 'writeFile'>;
type Step = { title: string; run: (files: Files, at: (path: string) => string) => Promise<unknown> };

test('memory and host agree on random histories', async () => {
  await using scratch = await Scratch.make();
  await using system = await testSystem();
  using vfs = await system.sys.open(Vfs, server('memfs'), { place: 'inline' });
  const memory = fs(vfs);
  let runs = 0;
  const history = fc.asyncProperty(fc.array(step(), { minLength: 1, maxLength: 40 }), async (steps) => {
    const root = `/${++runs}`;
    await node.mkdir(scratch.path + root);
    await memory.mkdir(root);
    for (const { run } of steps) {
      const expected = await outcome(run, node, scratch.path + root);
      expect(await outcome(run, memory, root)).toEqual(expected);
    }
    expect(await treeOf(memory, root)).toEqual(await treeOf(node, scratch.path + root));
    // Both, or what a link that leads out of the tree shows is not the same.
    await memory.rm(root, { recursive: true });
    await node.rm(scratch.path + root, { recursive: true });
  });
  await fc.assert(history, { interruptAfterTimeLimit: 10_000, numRuns: 150 });
  expect(runs).toBeGreaterThan(10);
});

function step(): fc.Arbitrary<Step> {
  const makeAll = one('mkdir -p', (files, path, at) =>
    files.mkdir(path, { recursive: true }).then((made) => made?.replace(at(''), '')),
  );
  const rename = two('rename', (files, from, to) => files.rename(from, to));
  return fc.oneof(
    // Trees to move about, and moving them, is where most can go wrong.
    { arbitrary: makeAll, weight: 4 },
    { arbitrary: rename, weight: 6 },
    one('mkdir', (files, path) => files.mkdir(path)),
    one('rmdir', (files, path) => files.rmdir(path)),
    one('unlink', (files, path) => files.unlink(path)),
    one('rm -r', (files, path) => files.rm(path, { recursive: true })),
    one('stat', async (files, path) => shape(await files.stat(path))),
    one('readlink', (files, path) => files.readlink(path)),
    one('realpath', (files, path, at) => files.realpath(path).then((real) => real.replace(at(''), ''))),
    one('readdir', async (files, path) => (await files.readdir(path)).sort()),
    one('readFile', (files, path) => files.readFile(path, 'latin1')),
    two('copyFile', async (files, from, to) => {
      // The host opens a directory and may make the copy's file before it finds out; servers open no directories.
      if ((await files.stat(from)).isFile()) await files.copyFile(from, to);
    }),
    with_('symlink', targets, (files, path, target) => files.symlink(target, path)),
    with_('write', fc.string({ maxLength: 20 }), (files, path, text) => files.writeFile(path, text)),
    with_('write wx', fc.string({ maxLength: 5 }), (files, path, text) => files.writeFile(path, text, { flag: 'wx' })),
    with_('append', fc.nat(70_000), (files, path, size) => files.writeFile(path, 'a'.repeat(size), { flag: 'a' })),
    with_('truncate', fc.nat(70_000), (files, path, length) => files.truncate(path, length)),
    with_('chmod', fc.nat(0o777), (files, path, mode) => files.chmod(path, mode | 0o700)),
    with_('write at', fc.nat(100_000), async (files, path, position) => {
      await using handle = await files.open(path, 'r+');
      return (await handle.write('HERE', position)).bytesWritten;
    }),
  );
}

const names = fc.constantFrom('a', 'b', 'c', 'l');
/** Up to three deep: enough for what is refused, few enough to meet again. */
const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
/** The second path of two: any, or a name below the first. */
const others = fc.oneof(paths, paths, names);
const targets = fc.oneof(
  paths.map((path) => path.slice(1)),
  fc.constantFrom('.', '..', '../a', 'l', './b/../c', '../b/c'),
);

function one(title: string, run: (files: Files, path: string, at: (path: string) => string) => unknown) {
  return paths.map((path): Step => ({
    title: `${title} ${path}`,
    run: async (files, at) => run(files, at(path), at),
  }));
}

function two(title: string, run: (files: Files, from: string, to: string) => unknown) {
  return fc.tuple(paths, others).map(([from, other]): Step => {
    const to = other.startsWith('/') ? other : `${from}/${other}`;
    return {
      title: `${title} ${from} ${to}`,
      run: async (files, at) => run(files, at(from), at(to)),
    };
  });
}

function with_<T>(title: string, values: fc.Arbitrary<T>, run: (files: Files, path: string, value: T) => unknown) {
  return fc.tuple(paths, values).map(([path, value]): Step => ({
    title: `${title} ${path} ${String(value)}`,
    run: async (files, at) => run(files, at(path), value),
  }));
}

async function outcome(run: Step['run'], files: Files, root: string): Promise<unknown> {
  try {
    return { value: await run(files, (path) => root + path) };
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    return { code, syscall };
  }
}

async function treeOf(files: Files, directory: string): Promise<unknown> {
  const tree: Record<string, unknown> = {};
  for (const name of (await files.readdir(directory)).sort()) {
    const path = `${directory}/${name}`;
    const stats = await files.lstat(path);
    const content = async (): Promise<unknown> => {
      if (stats.isDirectory()) return treeOf(files, path);
      return stats.isSymbolicLink() ? files.readlink(path) : files.readFile(path, 'latin1');
    };
    tree[name] = [shape(stats), await content()];
  }
  return tree;
}

function shape(stats: Awaited<ReturnType<Files['stat']>>): unknown {
  return [stats.mode, stats.nlink, stats.isDirectory() ? 0 : stats.size];
}

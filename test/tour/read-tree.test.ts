import { renameSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { expect, test } from 'vitest';

import { digestOf, pathKey } from '../../src/tour/digest.ts';
import { directTree } from '../../src/tour/direct.ts';
import { type Pass, readTree } from '../../src/tour/read-tree.ts';
import type { Tree } from '../../src/tour/tree.ts';
import { ScratchDirectory } from '../servers/hostfs/scratch-directory.ts';
import { plantOddTree, shellDigest } from './odd-tree.ts';

const read = (tree: Tree, options: { exclude?: string[]; signal?: AbortSignal } = {}): Promise<Pass> =>
  readTree(tree, {
    exclude: new Set(options.exclude),
    signal: options.signal ?? new AbortController().signal,
    onProgress: () => {},
  });

/** The same tree with every answer late, as from another process. */
function late(tree: Tree): Tree {
  return {
    where: async () => tree.where(),
    readdir: async (path) => tree.readdir(path),
    open: async (path) => {
      const file = await tree.open(path);
      return { ...file, read: async (offset, length) => file.read(offset, length) };
    },
  };
}

test('the digest is the one that find, sort and sha256sum give', async () => {
  using root = new ScratchDirectory();
  const files = plantOddTree(root);
  const expected = shellDigest(root.path);
  for (const tree of [directTree(root.path), late(directTree(root.path))]) {
    const pass = await read(tree);
    expect(pass.files.size).toBe(files);
    expect(digestOf(pass.files)).toBe(expected);
    expect(pass.skipped.size).toBe(0);
  }
});

test('an empty directory', async () => {
  using root = new ScratchDirectory();
  const pass = await read(directTree(root.path));
  expect(digestOf(pass.files)).toBe(shellDigest(root.path));
  expect(pass.latencies.count).toBe(1);
});

test('one call to list a directory, one to open a file, one for each chunk', async () => {
  using root = new ScratchDirectory();
  root.write('small', 'x');
  root.write('d/three', Buffer.alloc(3 * 65_536 - 1));
  root.write('d/four', Buffer.alloc(3 * 65_536));
  const pass = await read(directTree(root.path));
  expect(pass.latencies.count).toBe(2 + 3 + 1 + 3 + 4);
  expect(pass.bytes).toBe(1 + 6 * 65_536 - 1);
});

test('names are left out at any depth', async () => {
  using root = new ScratchDirectory();
  root.write('keep', '');
  root.write('dist/x', '');
  root.write('a/dist/x', '');
  const pass = await read(directTree(root.path), { exclude: ['dist'] });
  expect([...pass.files.keys()]).toEqual(['keep']);
});

test('what vanished or changed its kind since it was listed is skipped with its code', async () => {
  using root = new ScratchDirectory();
  root.write('d/x', '');
  root.write('gone', '');
  root.write('link', '');
  root.write('stays', 'here');
  const tree = directTree(root.path);
  const pass = await read({
    ...tree,
    readdir: (path) => {
      const listed = tree.readdir(path);
      if (path === '') {
        renameSync(root.at('d'), root.at('e'));
        rmSync(root.at('gone'));
        rmSync(root.at('link'));
        symlinkSync('stays', root.at('link'));
      }
      return listed;
    },
  });
  expect([...pass.files.keys()]).toEqual(['stays']);
  expect(pass.skipped).toEqual(
    new Map([
      ['d', 'ENOENT'],
      ['gone', 'ENOENT'],
      ['link', 'ELOOP'],
    ]),
  );
  expect(pass.bytes).toBe(4);
});

test('a file that grew after it was opened is read to its end', async () => {
  using root = new ScratchDirectory();
  root.write('x', Buffer.alloc(200_000, 7));
  const tree = directTree(root.path);
  const pass = await read({
    ...tree,
    open: async (path) => ({ ...(await tree.open(path)), size: 5 }),
  });
  expect(digestOf(pass.files)).toBe(shellDigest(root.path));
});

test('an unreadable root is no entry to skip', async () => {
  await expect(read(directTree('/nowhere/at/all'))).rejects.toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

test('a failure that is not about the entry ends the pass, and every file is closed', async () => {
  using root = new ScratchDirectory();
  for (let i = 0; i < 20; i++) root.write(String(i), Buffer.alloc(200_000));
  const tree = directTree(root.path);
  let open = 0;
  let reads = 0;
  const counted: Tree = {
    ...tree,
    open: async (path) => {
      const file = await tree.open(path);
      open++;
      return {
        size: file.size,
        read: async (offset, length) => {
          if (++reads === 10) throw new Error('the driver died');
          return file.read(offset, length);
        },
        [Symbol.dispose]: () => {
          open--;
          file[Symbol.dispose]();
        },
      };
    },
  };
  await expect(read(counted)).rejects.toThrow('the driver died');
  expect(open).toBe(0);
});

test('an abort ends the pass although everything completes in place', async () => {
  using root = new ScratchDirectory();
  truncateSync(root.write('sparse', ''), 2 ** 33);
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  const pass = read(directTree(root.path), { signal: controller.signal });
  await expect(pass).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
});

test('keys order as bytes do', () => {
  const paths = [Uint8Array.of(0xff), 'é', 'a/b', 'a.b', 'a', '\u{1f600}', '\ufffd'];
  const byKey = paths
    .map(pathKey)
    .sort()
    .map((key) => Buffer.from(key, 'latin1'));
  const byBytes = paths.map((path) => Buffer.from(path as string)).sort((a, b) => a.compare(b));
  expect(byKey).toEqual(byBytes);
});

import { expect, test } from 'vitest';

import type { DirectoryNode, Inode } from '../../../servers/memfs/inode.ts';
import { walk } from '../../../servers/memfs/walk.ts';

class CountingMap extends Map<string, Inode> {
  static lookups = 0;

  override get(key: string): Inode | undefined {
    CountingMap.lookups++;
    return super.get(key);
  }
}

const common = { ino: 1, mode: 0o777, atimeMs: 0, mtimeMs: 0, ctimeMs: 0, birthtimeMs: 0 };

function directory(parent: DirectoryNode | null): DirectoryNode {
  return { ...common, type: 'directory', nlink: 2, entries: new CountingMap(), parent };
}

function lookupsOf(act: () => void): number {
  const before = CountingMap.lookups;
  act();
  return CountingMap.lookups - before;
}

test.each([1, 10, 1000])('each of %d names is looked up once, the last once more', (depth) => {
  const root = directory(null);
  let deepest = root;
  for (let i = 0; i < depth; i++) {
    const next = directory(deepest);
    deepest.entries.set('d', next);
    deepest = next;
  }
  const names = Array.from({ length: depth }, () => Buffer.from('d'));
  for (const follow of [true, false]) {
    expect(lookupsOf(() => expect(walk(root, names, follow).inode).toBe(deepest))).toBeLessThanOrEqual(depth + 1);
  }
});

test('behind a link up and over, names are those of where it led', () => {
  const root = directory(null);
  const [a, b, c] = [directory(root), directory(root), directory(null)];
  root.entries.set('a', a).set('b', b);
  b.entries.set('c', c);
  c.parent = b;
  a.entries.set('c', { ...common, type: 'symlink', nlink: 1, target: Buffer.from('../b/./c/../c') });
  const place = walk(
    root,
    ['a', 'c', 'new'].map((name) => Buffer.from(name)),
    true,
  );
  expect(place.parent).toBe(c);
  expect(place.names.join('/')).toBe('b/c/new');
  expect(place.inode).toBe(undefined);
});

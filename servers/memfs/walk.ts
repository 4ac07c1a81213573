import { type Found, resolve, systemError } from '../vfs/index.ts';
import type { DirectoryNode, Inode } from './inode.ts';

/** Where a path leads: the entry `key` of `parent`, there or not. The root is `''` in itself. */
export type Place = {
  parent: DirectoryNode;
  key: string;
  inode: Inode | undefined;
  /** The names to it, without links. */
  names: readonly Buffer[];
};

/**
 * Walks `path` from `root`. Links on the way are followed; one that the last name is only with `follow`.
 *
 * @throws ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG
 */
export function walk(root: DirectoryNode, path: readonly Buffer[], follow: boolean): Place {
  const names = resolve(path, (reached) => foundAt(root, reached), follow);
  const name = names.at(-1);
  if (name === undefined) return { parent: root, key: '', inode: root, names };
  const parent = at(root, names.slice(0, -1));
  if (parent?.type !== 'directory') throw systemError(parent === undefined ? 'ENOENT' : 'ENOTDIR');
  return { parent, key: keyOf(name), inode: child(parent, name), names };
}

function foundAt(root: DirectoryNode, names: readonly Buffer[]): Found {
  const inode = at(root, names);
  if (inode === undefined) return 'missing';
  if (inode.type === 'symlink') return { link: inode.target };
  return inode.type === 'directory' ? 'directory' : 'other';
}

/** What `names`, none of them a link but the last, name. */
function at(root: DirectoryNode, names: readonly Buffer[]): Inode | undefined {
  let here: Inode | undefined = root;
  for (const name of names) {
    if (here?.type !== 'directory') return undefined;
    here = child(here, name);
  }
  return here;
}

function child(directory: DirectoryNode, name: Buffer): Inode | undefined {
  if (name.length > NAME_MAX) throw systemError('ENAMETOOLONG');
  return directory.entries.get(keyOf(name));
}

/** A name as a key of `entries`: a character for each byte, so that any name is one. */
function keyOf(name: Buffer): string {
  return name.toString('latin1');
}

const NAME_MAX = 255;

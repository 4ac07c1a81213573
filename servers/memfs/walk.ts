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
  /** By how many names lead there: each was found before `resolve` asks for a name in it. */
  const directories = [root];
  const names = resolve(path, (reached) => found(directories, reached), follow);
  const name = names.at(-1);
  if (name === undefined) return { parent: root, key: '', inode: root, names };
  const parent = parentOf(directories, names);
  return { parent, key: keyOf(name), inode: child(parent, name), names };
}

function found(directories: DirectoryNode[], reached: readonly Buffer[]): Found {
  const name = reached.at(-1);
  const inode = name === undefined ? directories[0] : child(parentOf(directories, reached), name);
  if (inode === undefined) return 'missing';
  if (inode.type === 'symlink') return { link: inode.target };
  if (inode.type !== 'directory') return 'other';
  directories[reached.length] = inode;
  return 'directory';
}

function parentOf(directories: readonly DirectoryNode[], names: readonly Buffer[]): DirectoryNode {
  const parent = directories[names.length - 1];
  if (parent === undefined) throw systemError('ENOENT');
  return parent;
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

import { systemError } from '../vfs/index.ts';
import type { DirectoryNode, Inode } from './inode.ts';
import type { Place } from './walk.ts';

/**
 * What is at `source`, if it may take the place of what is at `target`, which may be itself.
 *
 * @throws EBUSY, ENOENT, EINVAL, ENOTEMPTY, ENOTDIR, EISDIR
 */
export function requireMovable(source: Place, target: Place): Inode {
  if (source.key === '' || target.key === '') throw systemError('EBUSY');
  const { inode } = source;
  if (inode === undefined) throw systemError('ENOENT');
  if (inode.type === 'directory' && isBelow(target.parent, inode)) throw systemError('EINVAL');
  if (target.inode?.type === 'directory' && isBelow(source.parent, target.inode)) throw systemError('ENOTEMPTY');
  if (target.inode !== undefined && target.inode !== inode) requireReplaceable(target.inode, inode);
  return inode;
}

export function move(source: Place, inode: Inode, target: Place): void {
  source.parent.entries.delete(source.key);
  target.parent.entries.set(target.key, inode);
  if (inode.type !== 'directory') return;
  source.parent.nlink -= 1;
  target.parent.nlink += 1;
  inode.parent = target.parent;
}

/** Whether `directory` is `above` or lies under it. */
function isBelow(directory: DirectoryNode, above: DirectoryNode): boolean {
  for (let at: DirectoryNode | null = directory; at !== null; at = at.parent) if (at === above) return true;
  return false;
}

function requireReplaceable(old: Inode, by: Inode): void {
  if (by.type === 'directory' && old.type !== 'directory') throw systemError('ENOTDIR');
  if (by.type !== 'directory' && old.type === 'directory') throw systemError('EISDIR');
  if (old.type === 'directory' && old.entries.size > 0) throw systemError('ENOTEMPTY');
}

import type { Attributes } from '../vfs/index.ts';
import type { Content } from './content.ts';

export type Inode = FileNode | DirectoryNode | LinkNode;

export type FileNode = Common & {
  readonly type: 'file';
  readonly content: Content;
  /** Of open files: content lives until the last one is closed, name or no name. */
  opens: number;
};

export type DirectoryNode = Common & {
  readonly type: 'directory';
  /** By the bytes of the name, each a character. */
  readonly entries: Map<string, Inode>;
  /** Null: it is the root. */
  parent: DirectoryNode | null;
};

export type LinkNode = Common & { readonly type: 'symlink'; readonly target: Buffer };

export type Common = {
  readonly ino: number;
  mode: number;
  /** Names it has; a directory counts its own `.` and the `..` of those in it. 0: it was removed. */
  nlink: number;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  readonly birthtimeMs: number;
};

export function attributesOf(inode: Inode): Attributes {
  const { type, mode, atimeMs, mtimeMs, ctimeMs, birthtimeMs, ino, nlink } = inode;
  return { type, size: sizeOf(inode), mode, atimeMs, mtimeMs, ctimeMs, birthtimeMs, dev: 0, ino, nlink, ...OWNER };
}

/** Everything belongs to whom the server runs as. */
const OWNER = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function sizeOf(inode: Inode): number {
  if (inode.type === 'file') return inode.content.size;
  return inode.type === 'symlink' ? inode.target.length : 0;
}

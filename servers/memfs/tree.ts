import { type OpenHow, systemError, type Times } from '../vfs/index.ts';
import { Clock } from './clock.ts';
import { Content } from './content.ts';
import type { Common, DirectoryNode, FileNode, Inode } from './inode.ts';
import { Quota } from './quota.ts';
import { move, requireMovable } from './rename.ts';
import { type Place, walk } from './walk.ts';

type Names = readonly Buffer[];

/** The tree of inodes and what can be done to it. Pure memory: every call checks, then acts, and throws the system's codes. */
export class Tree {
  readonly #clock = new Clock();
  readonly #quota: Quota;
  readonly #umask: number;
  #inodes = 0;
  readonly #root: DirectoryNode;

  constructor({ maxBytes, umask }: { maxBytes: number; umask: number }) {
    this.#quota = new Quota(maxBytes);
    this.#umask = umask;
    this.#root = this.#newDirectory(0o777 & ~umask, null);
  }

  /** What the path names. */
  get(names: Names, follow: boolean): Inode {
    const { inode } = walk(this.#root, names, follow);
    if (inode === undefined) throw systemError('ENOENT');
    return inode;
  }

  /** The open file counts in `opens`: `release` it. */
  open(names: Names, how: OpenHow): FileNode {
    const exclusive = how.create === true && how.exclusive === true;
    const place = walk(this.#root, names, how.follow === true && !exclusive);
    if (exclusive && place.inode !== undefined) throw systemError('EEXIST');
    if (place.inode === undefined && how.create !== true) throw systemError('ENOENT');
    if (place.inode?.type === 'symlink') throw systemError('ELOOP');
    if (place.inode?.type === 'directory') throw systemError('EISDIR');
    const file = place.inode ?? this.#newFile(how.mode ?? 0o666);
    if (place.inode === undefined) this.#link(place, file);
    else if (how.truncate === true) this.truncate(file, 0);
    file.opens += 1;
    return file;
  }

  release(file: FileNode): void {
    file.opens -= 1;
    forgetIfGone(file);
  }

  write(file: FileNode, offset: number, data: Uint8Array): number {
    if (offset + data.length > Number.MAX_SAFE_INTEGER) throw systemError('EFBIG');
    const count = file.content.write(offset, data);
    if (count === 0 && data.length > 0) throw systemError('ENOSPC');
    if (count > 0) this.#modified(file);
    return count;
  }

  truncate(file: FileNode, length: number): void {
    file.content.truncate(length);
    this.#modified(file);
  }

  mkdir(names: Names, mode: number): void {
    const place = this.#free(names);
    const directory = this.#newDirectory(mode & 0o1777 & ~this.#umask, place.parent);
    place.parent.nlink += 1;
    this.#link(place, directory);
  }

  symlink(names: Names, target: Buffer): void {
    const place = this.#free(names);
    const got = this.#quota.take(target.length);
    if (got < target.length) {
      this.#quota.give(got);
      throw systemError('ENOSPC');
    }
    this.#link(place, { ...this.#common(0o777), type: 'symlink', target });
  }

  rmdir(names: Names): void {
    const place = this.#there(names);
    if (place.key === '') throw systemError('EBUSY');
    if (place.inode.type !== 'directory') throw systemError('ENOTDIR');
    if (place.inode.entries.size > 0) throw systemError('ENOTEMPTY');
    this.#unlink(place);
  }

  unlink(names: Names): void {
    const place = this.#there(names);
    if (place.inode.type === 'directory') throw systemError('EISDIR');
    this.#unlink(place);
  }

  rename(from: Names, to: Names): void {
    const source = walk(this.#root, from, false);
    const target = walk(this.#root, to, false);
    const inode = requireMovable(source, target);
    if (target.inode === inode) return;
    if (target.inode !== undefined) this.#lost(target.inode);
    move(source, inode, target);
    inode.ctimeMs = this.#clock.now();
    this.#modified(source.parent);
    this.#modified(target.parent);
  }

  chmod(inode: Inode, mode: number): void {
    inode.mode = mode & 0o7777;
    inode.ctimeMs = this.#clock.now();
  }

  utimes(inode: Inode, { atimeMs, mtimeMs }: Times): void {
    inode.atimeMs = atimeMs;
    inode.mtimeMs = mtimeMs;
    inode.ctimeMs = this.#clock.now();
  }

  /** The same place by names alone, no link among them. */
  realpath(names: Names): Names {
    const place = walk(this.#root, names, true);
    if (place.inode === undefined) throw systemError('ENOENT');
    return place.names;
  }

  #there(names: Names): Place & { inode: Inode } {
    const place = walk(this.#root, names, false);
    const { inode } = place;
    if (inode === undefined) throw systemError('ENOENT');
    return { ...place, inode };
  }

  #free(names: Names): Place {
    const place = walk(this.#root, names, false);
    if (place.inode !== undefined) throw systemError('EEXIST');
    return place;
  }

  #newFile(mode: number): FileNode {
    const common = this.#common(mode & 0o7777 & ~this.#umask);
    return { ...common, type: 'file', content: new Content(this.#quota), opens: 0 };
  }

  #newDirectory(mode: number, parent: DirectoryNode | null): DirectoryNode {
    return { ...this.#common(mode), type: 'directory', entries: new Map(), nlink: 2, parent };
  }

  #common(mode: number): Common {
    const now = this.#clock.now();
    const times = { atimeMs: now, mtimeMs: now, ctimeMs: now, birthtimeMs: now };
    return { ino: ++this.#inodes, mode, nlink: 1, ...times };
  }

  #link({ parent, key }: Place, inode: Inode): void {
    parent.entries.set(key, inode);
    this.#modified(parent);
  }

  #unlink({ parent, key, inode }: Place & { inode: Inode }): void {
    parent.entries.delete(key);
    this.#modified(parent);
    this.#lost(inode);
  }

  /** Takes nothing from under anybody who has it open. */
  #lost(inode: Inode): void {
    inode.nlink = inode.type === 'directory' ? 0 : inode.nlink - 1;
    inode.ctimeMs = this.#clock.now();
    if (inode.type === 'directory' && inode.parent !== null) inode.parent.nlink -= 1;
    if (inode.type === 'symlink') this.#quota.give(inode.target.length);
    if (inode.type === 'file') forgetIfGone(inode);
  }

  #modified(inode: Inode): void {
    inode.mtimeMs = inode.ctimeMs = this.#clock.now();
  }
}

function forgetIfGone(file: FileNode): void {
  if (file.nlink === 0 && file.opens === 0) file.content.clear();
}

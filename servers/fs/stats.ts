import { constants } from 'node:fs';

import type { Attributes, EntryType } from '../vfs/index.ts';

const { S_IFMT, S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK } = constants;

const TYPE_BITS: Readonly<Record<EntryType, number>> = {
  file: S_IFREG,
  directory: S_IFDIR,
  symlink: S_IFLNK,
  fifo: S_IFIFO,
  socket: S_IFSOCK,
  character: S_IFCHR,
  block: S_IFBLK,
  unknown: 0,
};

/** What both kinds of stats tell of a file's type. */
abstract class Typed {
  abstract readonly mode: number | bigint;

  isFile(): boolean {
    return this.#is(S_IFREG);
  }
  isDirectory(): boolean {
    return this.#is(S_IFDIR);
  }
  isSymbolicLink(): boolean {
    return this.#is(S_IFLNK);
  }
  isFIFO(): boolean {
    return this.#is(S_IFIFO);
  }
  isSocket(): boolean {
    return this.#is(S_IFSOCK);
  }
  isCharacterDevice(): boolean {
    return this.#is(S_IFCHR);
  }
  isBlockDevice(): boolean {
    return this.#is(S_IFBLK);
  }

  #is(type: number): boolean {
    return (Number(this.mode) & S_IFMT) === type;
  }
}

/** As `fs.Stats`. Blocks are reckoned from the size: servers do not tell them. */
export class Stats extends Typed {
  readonly dev: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev = 0;
  readonly blksize = BLOCK_BYTES;
  readonly ino: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor(of: Attributes) {
    super();
    this.dev = of.dev;
    this.mode = of.mode | TYPE_BITS[of.type];
    this.nlink = of.nlink;
    this.uid = of.uid;
    this.gid = of.gid;
    this.ino = of.ino;
    this.size = of.size;
    this.blocks = Math.ceil(of.size / SECTOR_BYTES);
    this.atimeMs = of.atimeMs;
    this.mtimeMs = of.mtimeMs;
    this.ctimeMs = of.ctimeMs;
    this.birthtimeMs = of.birthtimeMs;
    this.atime = dateOf(of.atimeMs);
    this.mtime = dateOf(of.mtimeMs);
    this.ctime = dateOf(of.ctimeMs);
    this.birthtime = dateOf(of.birthtimeMs);
  }
}

/** As `fs.BigIntStats`; the nanoseconds are no finer than the numbers that the server told. */
export class BigIntStats extends Typed {
  readonly mode: bigint;

  constructor(of: Attributes) {
    super();
    const plain = new Stats(of);
    this.mode = BigInt(plain.mode);
    const { dev, nlink, uid, gid, rdev, blksize, ino, size, blocks, atime, mtime, ctime, birthtime } = plain;
    const whole = { dev, nlink, uid, gid, rdev, blksize, ino, size, blocks };
    for (const [name, value] of Object.entries(whole)) define(this, name, BigInt(value));
    for (const name of ['atime', 'mtime', 'ctime', 'birthtime'] as const) {
      const nanoseconds = BigInt(Math.round(of[`${name}Ms`] * 1e6));
      define(this, `${name}Ms`, nanoseconds / 1_000_000n);
      define(this, `${name}Ns`, nanoseconds);
    }
    Object.assign(this, { atime, mtime, ctime, birthtime });
  }
}

const BLOCK_BYTES = 4096;
const SECTOR_BYTES = 512;

/** Rounded as Node rounds: a date has whole milliseconds. */
function dateOf(milliseconds: number): Date {
  return new Date(Math.round(milliseconds));
}

function define(on: object, name: string, value: bigint): void {
  Object.defineProperty(on, name, { value, enumerable: true, writable: true, configurable: true });
}

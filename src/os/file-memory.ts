import { readSync, writeSync } from 'node:fs';
import { IpcError } from '../errors.ts';
import { checkSpan, checkWord, released, type SharedMemory } from './shared-memory.ts';

/** `readSync` or `writeSync`. */
type Move = (fd: number, bytes: Uint8Array, from: number, length: number, position: number) => number;

/**
 * A window without a mapping: every access is a system call on the file, which orders it before and after all others.
 * For systems without koffi, and for files that somebody could shorten.
 *
 * Where the system copies byte by byte (x64 before about 2019) a load that meets a store may see part of it: who cares
 * lets such words differ in one byte, or looks again after what orders the two.
 */
export class FileMemory implements SharedMemory {
  readonly bytes: number;
  readonly words = null;
  readonly #offset: number;
  readonly #ended: () => void;
  readonly #restore: (() => void) | undefined;
  #fd: number | undefined;

  /** `restore` makes a file whole that somebody has shortened, for whom nothing may fail. */
  constructor(fd: number, offset: number, bytes: number, ended: () => void, restore?: () => void) {
    this.bytes = bytes;
    this.#fd = fd;
    this.#offset = offset;
    this.#ended = ended;
    this.#restore = restore;
  }

  load(at: number): number {
    checkWord(this, at);
    this.#transfer(readSync, at, word);
    return word.readUInt32LE();
  }

  store(at: number, value: number): void {
    checkWord(this, at);
    word.writeUInt32LE(value);
    this.#transfer(writeSync, at, word);
  }

  read(at: number, target: Uint8Array): void {
    checkSpan(this, at, target.length);
    this.#transfer(readSync, at, target);
  }

  write(at: number, source: Uint8Array): void {
    checkSpan(this, at, source.length);
    this.#transfer(writeSync, at, source);
  }

  [Symbol.dispose](): void {
    if (this.#fd === undefined) return;
    this.#fd = undefined;
    this.#ended();
  }

  #transfer(move: Move, at: number, bytes: Uint8Array): void {
    if (this.#fd === undefined) throw released('a window');
    transfer(move, this.#fd, this.#offset + at, bytes, this.#restore);
  }
}

/**
 * All of the bytes, from or to that position. With `restore`, what was lost is zeros.
 *
 * @throws IpcError KERN_MEMORY_ERROR: the file ends before. KERN_RESOURCE_SHORTAGE: its file system has no room.
 */
export function transfer(move: Move, fd: number, position: number, bytes: Uint8Array, restore?: () => void): void {
  for (let done = 0; done < bytes.length;) {
    const moved = attempt(() => move(fd, bytes, done, bytes.length - done, position + done));
    if (moved > 0) done += moved;
    else if (restore === undefined) throw shortened(position + done);
    else {
      restore();
      bytes.fill(0, done);
      return;
    }
  }
}

/** Of this thread alone, on its way to or from the file. */
const word = Buffer.alloc(4);

function attempt(move: () => number): number {
  try {
    return move();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new IpcError('KERN_RESOURCE_SHORTAGE', `the system does not carry out an access to shared memory: ${why}`, {
      object: 'shared memory',
      cause: error,
    });
  }
}

function shortened(at: number): IpcError {
  return new IpcError(
    'KERN_MEMORY_ERROR',
    `the memory ends before ${at}: another process of this user has shortened it, and what was there is lost`,
    { object: 'shared memory' },
  );
}

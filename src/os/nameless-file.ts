import { closeSync, fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { IpcError } from '../errors.ts';
import { FileMemory, transfer } from './file-memory.ts';
import { libc } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';
import { openOfProcess } from './open-of-process.ts';
import { createSealedMemory, isSealedMemory, mappingWorks } from './sealed-memory.ts';
import { checkSpan, released, type SharedMemory } from './shared-memory.ts';
import { createTemporaryFile } from './temporary-file.ts';

/** Memory without a name, which other processes open by this process's descriptor of it. Its windows end when it is disposed. */
export type NamelessFile = Disposable & {
  /** @throws IpcError ERELEASED */
  readonly fd: number;
  readonly bytes: number;
  /** Whether nobody can change its size: only then it is mapped. */
  readonly isSealed: boolean;
  /** `offset` is a multiple of 4. Mapped if the file is sealed and the window no larger than 1 GiB, else every access reads or writes the file. */
  window(offset: number, bytes: number): SharedMemory;
  /** The bytes there are zero from now on, and where the system can, their memory is given back. */
  discard(offset: number, bytes: number): void;
};

/**
 * `bytes` may be far more than there is memory: what nobody has written takes up none. Where it cannot be sealed, and a peer shortens
 * it, its maker makes it whole: what was there is zeros, as that peer could have written them.
 */
export function createNamelessFile(bytes: number): NamelessFile {
  const c = mappingWorks() ? libc() : undefined;
  return new Nameless(c === undefined ? createTemporaryFile(bytes) : createSealedMemory(c, bytes), true);
}

/**
 * The file that another process has made and has open as `fd`.
 *
 * @throws IpcError ENOENT, EPERM; EINVAL: it is no nameless file.
 */
export function openNamelessFile(pid: number, fd: number): NamelessFile {
  return new Nameless(openOfProcess(pid, fd));
}

/** Takes over a descriptor. */
export class Nameless implements NamelessFile {
  readonly bytes: number;
  readonly isSealed: boolean;
  readonly #restores: boolean;
  readonly #windows = new Set<SharedMemory>();
  #fd: number | undefined;

  constructor(fd: number, restores = false) {
    this.#fd = fd;
    this.#restores = restores;
    this.isSealed = isSealedMemory(fd);
    // After the seals: its maker could shorten it before it seals it, and let us map what is not there.
    this.bytes = fstatSync(fd).size;
  }

  get fd(): number {
    if (this.#fd === undefined) throw released('a nameless file');
    return this.#fd;
  }

  window(offset: number, bytes: number): SharedMemory {
    checkSpan(this, offset, bytes);
    checkAligned(offset);
    const ended = (): void => void this.#windows.delete(window);
    const restore = this.#restores ? (): void => ftruncateSync(this.fd, this.bytes) : undefined;
    const window = this.#map(offset, bytes, ended) ?? new FileMemory(this.fd, offset, bytes, ended, restore);
    this.#windows.add(window);
    return window;
  }

  discard(offset: number, bytes: number): void {
    checkSpan(this, offset, bytes);
    if (bytes === 0 || libc()?.fallocate(this.fd, PUNCH_HOLE | KEEP_SIZE, offset, bytes) === 0) return;
    for (let at = offset; at < offset + bytes; at += CHUNK) clear(this.fd, at, Math.min(CHUNK, offset + bytes - at));
  }

  [Symbol.dispose](): void {
    if (this.#fd === undefined) return;
    for (const window of this.#windows) window[Symbol.dispose]();
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #map(offset: number, bytes: number, ended: () => void): MappedMemory | undefined {
    const c = this.isSealed && mappingWorks() ? libc() : undefined;
    return c === undefined ? undefined : MappedMemory.map(c, this.fd, offset, bytes, ended);
  }
}

const KEEP_SIZE = 1;
const PUNCH_HOLE = 2;
const CHUNK = 65_536;
const zeros = Buffer.alloc(CHUNK);
const present = Buffer.alloc(CHUNK);

/** What is zero already is left alone: it may be a hole, and writing would give it a block. */
function clear(fd: number, at: number, bytes: number): void {
  const there = present.subarray(0, bytes);
  transfer(readSync, fd, at, there, () => undefined);
  if (!there.equals(zeros.subarray(0, bytes))) transfer(writeSync, fd, at, zeros.subarray(0, bytes));
}

function checkAligned(offset: number): void {
  if (offset % 4 !== 0)
    throw new IpcError('EINVAL', `a window begins at a multiple of 4, not at ${offset}`, { object: 'shared memory' });
}

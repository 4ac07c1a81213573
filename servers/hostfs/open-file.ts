import { closeSync, fchmodSync, fdatasync, fstatSync, fsync, ftruncateSync, futimesSync } from 'node:fs';

import {
  type Attributes,
  givenFlag,
  givenInteger,
  givenMode,
  givenTimes,
  type Path,
  refusalOf,
  refusing,
  systemError,
  type Times,
} from '../vfs/index.ts';
import { attributesOf } from './attributes.ts';
import { readAt } from './read-at.ts';
import { hostTime } from './times.ts';
import { writeAt } from './write-at.ts';

/**
 * One open file; owns the descriptor. After `close` every call is refused with EBADF: the number may by then belong to a
 * file that nobody here was given.
 */
export class OpenFile {
  readonly #fd: number;
  /** As the client spelled it, for errors. */
  readonly #path: Path;
  readonly #append: boolean;
  #isClosed = false;
  /** Syncs that run in other threads, on the number of the descriptor: it stays open until they are through. */
  #syncs = 0;

  constructor(fd: number, path: Path, append = false) {
    this.#fd = fd;
    this.#path = path;
    this.#append = append;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#use('read', (fd) => readAt(fd, offset, length));
  }

  write(offset: number | null, data: Uint8Array): number {
    return this.#use('write', (fd) => writeAt(fd, offset, data, this.#append));
  }

  truncate(length: number): void {
    givenInteger('truncate', 'length', length, Number.MAX_SAFE_INTEGER);
    this.#use('truncate', (fd) => ftruncateSync(fd, length));
  }

  stat(): Attributes {
    return this.#use('stat', (fd) => attributesOf(fstatSync(fd)));
  }

  chmod(mode: number): void {
    givenMode('chmod', mode);
    this.#use('chmod', (fd) => fchmodSync(fd, mode));
  }

  utimes(times: Times): void {
    const { atimeMs, mtimeMs } = givenTimes('utimes', times);
    this.#use('utimes', (fd) => futimesSync(fd, hostTime(atimeMs), hostTime(mtimeMs)));
  }

  /** Unlike the others it waits for the medium, and so it does not hold up the thread. */
  async sync(dataOnly?: boolean): Promise<void> {
    const sync = givenFlag('sync', 'dataOnly', dataOnly) ? fdatasync : fsync;
    const fd = this.#use('sync', (open) => open);
    this.#syncs++;
    try {
      await new Promise<void>((resolve, reject) => sync(fd, (error) => (error === null ? resolve() : reject(error))));
    } catch (error) {
      throw refusalOf(error, 'sync', this.#path);
    } finally {
      this.#syncs--;
      this.#closeOnceFree();
    }
  }

  close(): void {
    this.#use('close', () => this.release());
  }

  /** Closes it if it is still open. May throw what `close` may. */
  release(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeOnceFree();
  }

  #closeOnceFree(): void {
    if (this.#isClosed && this.#syncs === 0) refusing('close', this.#path, () => closeSync(this.#fd));
  }

  #use<T>(operation: string, act: (fd: number) => T): T {
    return refusing(operation, this.#path, () => {
      if (this.#isClosed) throw systemError('EBADF');
      return act(this.#fd);
    });
  }
}

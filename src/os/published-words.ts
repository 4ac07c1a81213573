import { libc } from './libc.ts';
import { FileMemory } from './file-memory.ts';
import { MappedMemory } from './mapped-memory.ts';
import { Nameless, type NamelessFile } from './nameless-file.ts';
import { openOfProcess } from './open-of-process.ts';
import { createSealedMemory, isSealedMemory, mappingWorks, sealAgainstWriters } from './sealed-memory.ts';
import type { SharedMemory } from './shared-memory.ts';
import { createTemporaryFile } from './temporary-file.ts';

/** Words of one process that others read: u32, all 0 at first. Where memory can be sealed nobody else can write to them. */
export class PublishedWords implements Disposable {
  readonly #file: NamelessFile;
  readonly #window: SharedMemory;

  /** @throws IpcError KERN_RESOURCE_SHORTAGE */
  constructor(bytes: number) {
    const c = mappingWorks() ? libc() : undefined;
    this.#file = new Nameless(
      c === undefined ? createTemporaryFile(bytes) : createSealedMemory(c, bytes, 'later'),
      true,
    );
    this.#window = this.#file.window(0, bytes);
    // Not before it is mapped here, and not if it could not be: every store goes through the file then.
    if (c !== undefined && this.#window.words !== null) sealAgainstWriters(c, this.#file.fd);
  }

  get fd(): number {
    return this.#file.fd;
  }

  store(at: number, value: number): void {
    this.#window.store(at, value);
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** What another process has published. A load is sequentially consistent with its stores. */
export type PublishedByOther = Pick<SharedMemory, 'load'> & Disposable;

/**
 * Opens the words that another process has open as `fd`.
 *
 * @throws IpcError ENOENT, EPERM, EINVAL
 */
export function openPublishedWords(pid: number, fd: number): PublishedByOther {
  const opened = openOfProcess(pid, fd, 'r');
  const file = new Nameless(opened);
  const c = isSealedMemory(opened) && mappingWorks() ? libc() : undefined;
  const ended = (): void => file[Symbol.dispose]();
  const mapped = c && MappedMemory.map(c, opened, 0, file.bytes, ended, 'r');
  return mapped ?? new FileMemory(opened, 0, file.bytes, ended);
}

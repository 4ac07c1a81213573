import { closeSync, fdatasync, fstatSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';

import type { Store } from 'easync/pager';

import { refusing, systemErrorCode, VfsError } from '../vfs/index.ts';
import { identityOf } from './open-file.ts';

/** The bytes of an open file as the pages of an object; owns the descriptor. */
export class FileStore implements Store {
  readonly size: number;
  readonly write?: (offset: number, bytes: Uint8Array) => void;
  readonly #fd: number;
  readonly #path: string;
  readonly #identity: string;
  #lost: unknown;

  constructor(fd: number, about: { path: string; size: number; identity: string; readOnly: boolean }) {
    this.#fd = fd;
    this.#path = about.path;
    this.#identity = about.identity;
    this.size = about.size;
    if (!about.readOnly) this.write = (offset, bytes) => this.#write(offset, bytes);
  }

  /** @throws VfsError EIO if the file has become shorter: what is not there is not read as zeros. */
  read(offset: number, length: number): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(length);
    return refusing('read', this.#path, () => {
      for (let done = 0; done < length;) {
        const count = readSync(this.#fd, bytes, done, length - done, offset + done);
        if (count === 0) throw this.#cut('read');
        done += count;
      }
      return bytes;
    });
  }

  /**
   * Everything before is on the medium. A flush that failed fails for good: the host may have dropped what it could not write, and
   * the next fdatasync(2) would know nothing of it.
   *
   * @throws the host's error; ESTALE if the path does not lead to this file any more
   */
  async flush(): Promise<void> {
    if (this.write === undefined) return;
    if (this.#lost !== undefined) throw this.#lost;
    try {
      await flushed(this.#fd);
    } catch (error) {
      const text =
        'a flush has failed, and what was written since the one before may be lost; serve it again, and check';
      this.#lost = this.#refusal(systemErrorCode(error) ?? 'EIO', text, error);
      throw this.#lost;
    }
    if (this.#isInPlace()) return;
    throw this.#refusal(
      'ESTALE',
      'it was removed, moved or replaced; what was written is in the file that was there before',
    );
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(offset: number, bytes: Uint8Array): void {
    refusing('write', this.#path, () => {
      // Written behind its end the file would grow again, and what it has lost would read as zeros.
      if (fstatSync(this.#fd).size < this.size) throw this.#cut('write');
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
    });
  }

  #isInPlace(): boolean {
    try {
      return identityOf(this.#path) === this.#identity;
    } catch {
      return false;
    }
  }

  #cut(operation: string): VfsError {
    const { size } = fstatSync(this.#fd);
    const text = `${operation} (somebody has cut it: it has ${size} bytes of ${this.size})`;
    return new VfsError('EIO', text, this.#path);
  }

  #refusal(code: string, text: string, cause?: unknown): Error {
    return Object.assign(new Error(`${code}: ${this.#path}: ${text}`, { cause }), { code });
  }
}

const flushed = promisify(fdatasync);

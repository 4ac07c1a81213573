import { closeSync, fdatasyncSync, fstatSync, readSync, writeSync } from 'node:fs';

import { BlockError, type Extent, type Geometry, nameOf } from '../block/index.ts';
import { refusing } from './refusal.ts';

/** Bytes of the open file; owns the descriptor. */
export class Medium {
  readonly #fd: number;
  readonly #path: string;
  readonly #geometry: Geometry;
  #lost: BlockError | undefined;

  constructor(fd: number, path: string, geometry: Geometry) {
    this.#fd = fd;
    this.#path = path;
    this.#geometry = geometry;
  }

  /** @throws EIO if the file has become shorter: what is not there is not read as zeros. */
  read(extent: Extent): Uint8Array {
    const { start, length } = extent;
    // Memory of its own: a view into the pool would let another thread have the whole pool.
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    this.#on('read', extent, () => {
      for (let done = 0; done < length;) {
        const count = readSync(this.#fd, bytes, done, length - done, start + done);
        if (count === 0) throw this.#tooShort('read', extent);
        done += count;
      }
    });
    return bytes;
  }

  /** @throws ENOSPC if the host has no room for a block that was never written; EIO if the file has become shorter. */
  write(extent: Extent, data: Uint8Array): void {
    const { start, length } = extent;
    this.#on('write', extent, () => {
      // Written behind its end the file would grow again, and what it has lost would read as zeros.
      if (this.#isCut) throw this.#tooShort('write', extent);
      for (let done = 0; done < length;) done += writeSync(this.#fd, data, done, length - done, start + done);
    });
  }

  /**
   * A flush that failed fails for good: the host may have dropped what it could not write, and the next fdatasync(2) would
   * know nothing of it.
   */
  flush(): void {
    if (this.#lost !== undefined) throw this.#lost;
    try {
      this.#inFile('flush', () => fdatasyncSync(this.#fd));
    } catch (error) {
      if (error instanceof BlockError) this.#lost = afterFailure(error, this.#path);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Whether the last byte is missing. To read it takes a third of the time of fstat(2), whose answer Node makes dates of. */
  get #isCut(): boolean {
    return readSync(this.#fd, PROBE, 0, 1, this.#bytes - 1) === 0;
  }

  get #bytes(): number {
    return this.#geometry.blocks * this.#geometry.blockSize;
  }

  #inFile(operation: string, act: () => void): void {
    refusing(operation, () => this.#path, act);
  }

  #on(operation: string, extent: Extent, act: () => void): void {
    refusing(operation, () => this.#name(extent), act);
  }

  #tooShort(operation: string, extent: Extent): BlockError {
    const { size } = fstatSync(this.#fd);
    const text = `the file has ${size} bytes of ${this.#bytes}; somebody has cut it`;
    return new BlockError('EIO', operation, `${this.#name(extent)}: ${text}`);
  }

  #name(extent: Extent): string {
    return `${nameOf(this.#geometry, extent)} in ${this.#path}`;
  }
}

/** What is read into it is of no interest. */
const PROBE = new Uint8Array(1);

function afterFailure({ code }: BlockError, path: string): BlockError {
  const text = `a flush of ${path} has failed, and writes since the one before may be lost; open it again and check`;
  return new BlockError(code, 'flush', text);
}

import { failure } from './errors.ts';
import type { Flags } from './flags.ts';
import { askFile } from './server.ts';
import { type FileStub, readInto, readToEnd, writeAll, type Written } from './transfer.ts';

/**
 * Reads and writes of one open file. It knows the current position; what uses that happens in the order of the calls, each
 * after the one before has ended.
 */
export class Cursor {
  readonly #file: FileStub;
  readonly #flags: Flags;
  #position = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: FileStub, flags: Flags) {
    this.#file = file;
    this.#flags = flags;
  }

  /** Settles once what was called before has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** Answers how many bytes there were. At the current position if that is null. */
  read(into: Uint8Array, position: number | null): Promise<number> {
    if (position !== null) return askFile('read', () => readInto(this.#file, into, position));
    return this.#inTurn('read', async () => {
      const count = await readInto(this.#file, into, this.#position);
      this.#position += count;
      return count;
    });
  }

  readToEnd(check: () => void): Promise<Buffer> {
    return this.#inTurn('read', async () => {
      const { size } = await this.#file.stat();
      const bytes = await readToEnd(this.#file, this.#position, size, check);
      this.#position += bytes.length;
      return bytes;
    });
  }

  /** Answers how many of `bytes` it wrote: fewer only if the medium took no more. */
  async write(bytes: Uint8Array, position: number | null): Promise<number> {
    const { count, error } = await this.#put(bytes, position);
    if (count === 0 && error !== undefined) throw failure(error, 'write', 'file');
    return count;
  }

  /** At the current position. `check` may throw, between one piece and the next. */
  async writeWhole(bytes: Uint8Array, check: () => void): Promise<void> {
    const { error } = await this.#put(bytes, null, check);
    if (error !== undefined) throw failure(error, 'write', 'file');
  }

  async #put(bytes: Uint8Array, position: number | null, check?: () => void): Promise<Written> {
    if (position !== null) return askFile('write', () => this.#putAt(bytes, position));
    const { append = false, access } = this.#flags.how;
    return this.#inTurn('write', async () => {
      const written = await this.#putAt(bytes, this.#position, check);
      if (!append) this.#position += written.count;
      // As with O_APPEND the position is then where the file ends, which matters to whoever reads too.
      else if (access === 'both') this.#position = (await this.#file.stat()).size;
      return written;
    });
  }

  async #putAt(bytes: Uint8Array, position: number, check?: () => void): Promise<Written> {
    const offset = this.#flags.how.append === true ? null : position;
    // Nothing to write is refused as well where the file was not opened for writing.
    if (bytes.length === 0) await this.#file.write({ offset, data: bytes });
    const written = await writeAll(this.#file, bytes, offset, check);
    if (this.#flags.sync) await this.#file.sync({});
    return written;
  }

  #inTurn<T>(syscall: string, use: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => askFile(syscall, use));
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

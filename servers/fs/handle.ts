import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';

import { Cursor } from './cursor.ts';
import { bytesOf, isChunks, viewOf } from './data.ts';
import { type Flags, modeOf } from './flags.ts';
import { checkSignal, encoded, flagOf, millisecondsOf, optionsOf } from './options.ts';
import { positionOf, readRange, viewsOf, writeRange } from './ranges.ts';
import { askFile } from './server.ts';
import { BigIntStats, Stats } from './stats.ts';
import { readStream, writeStream } from './streams.ts';
import type { FileStub } from './transfer.ts';
import { requireInteger } from './wrong-call.ts';

/**
 * An open file, as the `FileHandle` of `node:fs/promises`. It owns the right to the file. What reads or writes at the current
 * position does so in the order of the calls. Once the server has gone every call rejects with ESTALE.
 */
export class FileHandle extends EventEmitter implements AsyncDisposable {
  #fd: number;
  readonly #file: FileStub;
  readonly #cursor: Cursor;
  #closed: Promise<void> | undefined;

  constructor(fd: number, file: FileStub, flags: Flags) {
    super();
    this.#fd = fd;
    this.#file = file;
    this.#cursor = new Cursor(file, flags);
  }

  /** A number of this client's own; -1 once closed. */
  get fd(): number {
    return this.#fd;
  }

  async read(...args: unknown[]): Promise<{ bytesRead: number; buffer: ArrayBufferView }> {
    this.#mustBeOpen('read');
    const { buffer, offset, length, position } = readRange(args);
    const into = viewOf(buffer).subarray(offset, offset + length);
    return { bytesRead: await this.#cursor.read(into, position), buffer };
  }

  async readv(given: unknown, position?: unknown): Promise<unknown> {
    this.#mustBeOpen('readv');
    const buffers = viewsOf(given);
    const joint = new Uint8Array(buffers.reduce((sum, { byteLength }) => sum + byteLength, 0));
    const bytesRead = await this.#cursor.read(joint, positionOf(position));
    let at = 0;
    for (const buffer of buffers) {
      viewOf(buffer).set(joint.subarray(at, Math.min(at + buffer.byteLength, bytesRead)));
      at = Math.min(at + buffer.byteLength, bytesRead);
    }
    return { bytesRead, buffers };
  }

  async write(data: unknown, ...args: unknown[]): Promise<{ bytesWritten: number; buffer: unknown }> {
    this.#mustBeOpen('write');
    const { bytes, position } = writeRange(data, args);
    return { bytesWritten: await this.#cursor.write(bytes, position), buffer: data };
  }

  async writev(given: unknown, position?: unknown): Promise<unknown> {
    this.#mustBeOpen('writev');
    const buffers = viewsOf(given);
    const bytes = Buffer.concat(buffers.map(viewOf));
    return { bytesWritten: await this.#cursor.write(bytes, positionOf(position)), buffers };
  }

  /** From the current position to the end. */
  async readFile(given?: unknown): Promise<string | Buffer> {
    this.#mustBeOpen('readFile');
    const options = optionsOf(given);
    checkSignal(options);
    const bytes = await this.#cursor.readToEnd(() => checkSignal(options));
    return encoded(bytes, options, 'buffer');
  }

  async writeFile(data: unknown, given?: unknown): Promise<void> {
    this.#mustBeOpen('writeFile');
    const options = optionsOf(given);
    const check = (): void => checkSignal(options);
    check();
    const flush = flagOf(options, 'flush');
    const encoding = options.encoding === 'buffer' ? 'utf8' : (options.encoding ?? 'utf8');
    if (!isChunks(data)) await this.#cursor.writeWhole(bytesOf(data, encoding), check);
    else {
      for await (const chunk of data) {
        check();
        await this.#cursor.writeWhole(bytesOf(chunk, encoding), check);
      }
    }
    if (flush) await this.sync();
  }

  appendFile(data: unknown, given?: unknown): Promise<void> {
    return this.writeFile(data, given);
  }

  async stat(given?: unknown): Promise<Stats | BigIntStats> {
    this.#mustBeOpen('fstat');
    const options = optionsOf(given);
    const attributes = await this.#ask('fstat', (file) => file.stat());
    return options['bigint'] === true ? new BigIntStats(attributes) : new Stats(attributes);
  }

  async truncate(length: unknown = 0): Promise<void> {
    this.#mustBeOpen('ftruncate');
    const bytes = requireInteger('len', length, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    await this.#ask('ftruncate', (file) => file.truncate({ length: Math.max(0, bytes) }));
  }

  async sync(): Promise<void> {
    this.#mustBeOpen('fsync');
    await this.#ask('fsync', (file) => file.sync({}));
  }

  async datasync(): Promise<void> {
    this.#mustBeOpen('fdatasync');
    await this.#ask('fdatasync', (file) => file.sync({ dataOnly: true }));
  }

  async chmod(mode: unknown): Promise<void> {
    this.#mustBeOpen('fchmod');
    const bits = modeOf(mode);
    await this.#ask('fchmod', (file) => file.chmod({ mode: bits }));
  }

  async utimes(atime: unknown, mtime: unknown): Promise<void> {
    this.#mustBeOpen('futimes');
    const times = { atimeMs: millisecondsOf(atime), mtimeMs: millisecondsOf(mtime) };
    await this.#ask('futime', (file) => file.utimes(times));
  }

  /** Settles once the server has closed the file. What was called before is done first. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  createReadStream(options?: object): ReturnType<typeof readStream> {
    return readStream(this, undefined, options);
  }

  createWriteStream(options?: object): ReturnType<typeof writeStream> {
    return writeStream(this, undefined, options);
  }

  readLines(options?: object): ReturnType<typeof createInterface> {
    return createInterface({ input: this.createReadStream(options), crlfDelay: Number.POSITIVE_INFINITY });
  }

  async #close(): Promise<void> {
    this.#fd = -1;
    this.emit('close');
    try {
      await this.#cursor.idle();
      await this.#ask('close', (file) => file.close());
    } finally {
      this.#file[Symbol.dispose]();
    }
  }

  #ask<T>(syscall: string, ask: (file: FileStub) => T | Promise<T>): Promise<T> {
    return askFile(syscall, () => ask(this.#file));
  }

  #mustBeOpen(name: string): void {
    if (this.#fd !== -1) return;
    throw Object.assign(new Error('file closed'), { code: 'EBADF', syscall: name });
  }
}

import { createHash } from 'node:crypto';

import { IpcError } from 'easync';
import { MAX_READ, type Path, systemErrorCode, type Where } from 'easync/servers/vfs';

import { createPace, now } from './clock.ts';
import { type PathKey, pathKey } from './digest.ts';
import { Latencies } from './latencies.ts';
import type { OpenFile, Tree } from './tree.ts';
import { walk } from './walk.ts';

/** What one pass over a tree found. */
export type Pass = {
  /** Content hashes, hex. */
  files: Map<PathKey, string>;
  bytes: number;
  /** Unreadable or vanished entries, with the system's code. */
  skipped: Map<PathKey, string>;
  latencies: Latencies;
  wallMs: number;
  where: Where;
};

export type ReadTreeOptions = {
  exclude: ReadonlySet<string>;
  signal: AbortSignal;
  /** Called after each read, with the bytes read so far. */
  onProgress(bytes: number): void;
};

/**
 * Walks a tree and hashes every regular file, four at a time. Memory: a chunk per reader, and a hash per file.
 *
 * @throws what made going on pointless: the signal's reason, an unreadable root, a dead driver
 */
export async function readTree(tree: Tree, options: ReadTreeOptions): Promise<Pass> {
  const where = await tree.where();
  const reading = new Reading(tree, options);
  const start = now();
  await reading.run();
  const { files, bytes, skipped, latencies } = reading;
  return { files, bytes, skipped, latencies, wallMs: now() - start, where };
}

const READERS = 4;

class Reading {
  readonly files = new Map<PathKey, string>();
  readonly skipped = new Map<PathKey, string>();
  readonly latencies = new Latencies();
  bytes = 0;
  #bytesRead = 0;
  readonly #tree: Tree;
  readonly #options: ReadTreeOptions;
  readonly #pace = createPace();
  /** Of the outside's signal and of our own failure: when one reader ends badly, the others stop at their next read. */
  readonly #failed = new AbortController();
  readonly #stop: AbortSignal;

  constructor(tree: Tree, options: ReadTreeOptions) {
    this.#tree = tree;
    this.#options = options;
    this.#stop = AbortSignal.any([options.signal, this.#failed.signal]);
  }

  async run(): Promise<void> {
    const paths = walk(this.#tree, {
      exclude: this.#options.exclude,
      latencies: this.latencies,
      onUnreadable: (path, error) => this.#skip(path, error),
      checkpoint: () => this.#checkpoint(),
    });
    await Promise.all(Array.from({ length: READERS }, () => this.#reader(paths)));
    this.#stop.throwIfAborted();
  }

  async #reader(paths: AsyncGenerator<Path, void, void>): Promise<void> {
    try {
      for await (const path of paths) {
        const turn = this.#checkpoint();
        if (turn !== undefined) await turn;
        await this.#file(path);
      }
    } catch (error) {
      this.#failed.abort(error);
    }
  }

  async #file(path: Path): Promise<void> {
    try {
      const opened = this.latencies.time(() => this.#tree.open(path));
      using file = opened instanceof Promise ? await opened : opened;
      const { hash, size } = await this.#hash(file);
      this.files.set(pathKey(path), hash);
      this.bytes += size;
    } catch (error) {
      this.#skip(path, error);
    }
  }

  async #hash(file: OpenFile): Promise<{ hash: string; size: number }> {
    const hash = createHash('sha256');
    for (let offset = 0; ;) {
      const length = lengthToAsk(file.size - offset);
      const result = this.latencies.time(() => file.read(offset, length));
      const chunk = result instanceof Promise ? await result : result;
      hash.update(chunk);
      offset += chunk.length;
      this.#bytesRead += chunk.length;
      if (chunk.length < length) return { hash: hash.digest('hex'), size: offset };
      const turn = this.#checkpoint();
      if (turn !== undefined) await turn;
    }
  }

  /** Between two calls: reports, stops if asked to, and answers a promise when it is time to let the event loop turn. */
  #checkpoint(): Promise<void> | undefined {
    this.#stop.throwIfAborted();
    this.#options.onProgress(this.#bytesRead);
    return this.#pace();
  }

  #skip(path: Path, error: unknown): void {
    this.#stop.throwIfAborted();
    const code = systemErrorCode(error);
    if (code === undefined || IpcError.is(error)) throw error;
    this.skipped.set(pathKey(path), code);
  }
}

/** One byte more than should be left, so that a short answer shows the end without another call; a file that grew goes on. */
function lengthToAsk(left: number): number {
  return left >= 0 && left < MAX_READ ? left + 1 : MAX_READ;
}

import { IpcError } from '../../src/errors.ts';
import type { Lockmgr } from '../../src/sync/index.ts';
import { type Owner, Owner as Thread } from '../../src/sync/index.ts';

/** A buffer of the cache in the post (lwkt.md §3.8): on a queue, until somebody takes it off. */
export type Buf = {
  identity: string;
  lock: BufLock;
  queue: Buf[] | null;
  references: number;
  isDirty: boolean;
};

/** BUF_LOCK and its release. A try answers false for EBUSY. Those of the post may let others run before they answer. */
export type BufLock = {
  tryExclusive(owner: Owner): boolean | Promise<boolean>;
  exclusive(owner: Owner): unknown;
  release(owner: Owner): void;
};

export class BufCache {
  readonly free: Buf[] = [];
  readonly dirty: Buf[] = [];

  constructor(identities: string[], newLock: () => BufLock) {
    for (const identity of identities) {
      const buf: Buf = { identity, lock: newLock(), queue: null, references: 0, isDirty: false };
      this.enqueue(buf, this.free);
    }
  }

  enqueue(buf: Buf, queue: Buf[]): void {
    queue.push(buf);
    buf.queue = queue;
  }

  unlink(buf: Buf): void {
    const at = buf.queue?.indexOf(buf) ?? -1;
    if (at === -1) throw new Error(`${buf.identity} is on no queue`);
    buf.queue?.splice(at, 1);
    buf.queue = null;
  }

  /** T2: finds it by identity, locks it, takes it off FREE, dirties it, puts it on DIRTY. */
  async write(identity: string, owner: Owner): Promise<Buf> {
    const buf = [...this.free, ...this.dirty].find((one) => one.identity === identity);
    if (buf === undefined) throw new IpcError('ENOENT', `no buffer is ${identity}`);
    buf.references += 1;
    await buf.lock.exclusive(owner);
    buf.references -= 1;
    if (buf.queue !== null) this.unlink(buf);
    buf.isDirty = true;
    this.enqueue(buf, this.dirty);
    return buf;
  }
}

/** What getnewbuf found out too late, as the post's messages say it. */
export type Found = { buf: Buf; warnings: string[] };

/**
 * getnewbuf as it was: to look at the head, to lock it without waiting, and to take it off are thought to be one. `next` is looked up before,
 * for the case that the lock is refused. There is no suspension point in it but that of the try-lock, if that has one.
 */
export async function naiveGetNewBuf(cache: BufCache, owner: Owner): Promise<Found> {
  const warnings: string[] = [];
  let [buf] = cache.free;
  while (buf !== undefined) {
    const next: Buf | undefined = cache.free[cache.free.indexOf(buf) + 1];
    const tried = buf.lock.tryExclusive(owner);
    if (typeof tried === 'boolean' ? tried : await tried) {
      if (buf.isDirty) warnings.push(`${buf.identity} is dirty, and is recycled`);
      if (buf.queue === cache.free) cache.unlink(buf);
      else warnings.push(`${buf.identity} is taken off FREE, and is not on it`);
      return { buf, warnings };
    }
    if (next !== undefined && next.queue !== cache.free) warnings.push(`${next.identity}, the next, is not on FREE`);
    buf = next;
  }
  throw new IpcError('EBUSY', 'no buffer can be had');
}

/** The second fix: what was looked at before is looked at again under the lock, and on any doubt all begins anew. */
export async function checkingGetNewBuf(cache: BufCache, owner: Owner): Promise<Found> {
  const tried = new Set<Buf>();
  for (;;) {
    const buf = cache.free.find((one) => !tried.has(one));
    if (buf === undefined) throw new IpcError('EBUSY', 'no buffer can be had');
    const { identity } = buf;
    if (!(await buf.lock.tryExclusive(owner))) {
      tried.add(buf);
      continue;
    }
    if (buf.queue === cache.free && buf.identity === identity && buf.references === 0) {
      cache.unlink(buf);
      return { buf, warnings: [] };
    }
    buf.lock.release(owner);
    // Somebody waits for it.
    if (buf.references > 0) tried.add(buf);
  }
}

/** A Lockmgr behind an interlock that is a token: to take it may let others run, and NOWAIT is looked at only after that. */
export class TokenLock implements BufLock {
  readonly #lock: Lockmgr;
  readonly #token: Token;

  constructor(lock: Lockmgr, token: Token) {
    this.#lock = lock;
    this.#token = token;
  }

  async tryExclusive(owner: Owner): Promise<boolean> {
    using _interlock = await this.#token.get();
    return this.#lock.tryExclusive(owner);
  }

  exclusive(owner: Owner): unknown {
    return this.#lock.exclusive(owner);
  }

  release(owner: Owner): void {
    this.#lock.release(owner);
  }
}

/** One at a time; it is contested as long as somebody has it. */
export class Token {
  #taken: Promise<void> = Promise.resolve();

  async get(): Promise<Disposable> {
    const before = this.#taken;
    let release = (): void => undefined;
    this.#taken = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return { [Symbol.dispose]: release };
  }
}

export const [T1, T2] = [new Thread('T1'), new Thread('T2')] as const;

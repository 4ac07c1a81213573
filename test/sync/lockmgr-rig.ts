import { InvariantError, IpcError } from '../../src/errors.ts';
import { Lockmgr, type LockRequestOptions, Owner } from '../../src/sync/index.ts';
import { type Acquire, ACQUIRES } from '../lockmgr/histories.ts';
import { PANIC } from '../lockmgr/model.ts';

type Wait = { name: string; stop: AbortController };

/** A Lockmgr that is told in words what to do, as `LockRig` is, and waits until all that goes on by that has gone on. */
export class LockmgrRig {
  readonly #lock = new Lockmgr();
  readonly #owners = new Map<string, Owner>();
  readonly #waits = new Set<Wait>();
  #told: string[] = [];
  #isTrying = false;

  async does(line: string): Promise<string[]> {
    const [name = '', what = ''] = line.split(' ');
    const [kind = '', ...flags] = what.split('+');
    this.#told = [];
    const answer = this.#answer(name, kind, Object.fromEntries(flags.map((flag) => [flag, true])));
    await settled();
    if (kind === 'leave') return this.#told.filter((told) => !told.startsWith(`${name} `));
    const refused = this.#told.find((told) => told === `${name} EBUSY, at once` || told === `${name} ENOLCK, at once`);
    if (refused === undefined) return [answer, ...this.#told];
    return [refused.split(/[ ,]/)[1] ?? '', ...this.#told.filter((told) => told !== refused)];
  }

  get state(): string {
    const { holder, exclusive, shared, waiting, isCancelling, ownerDied } = this.#lock.inspect();
    return JSON.stringify([
      holder,
      exclusive,
      shared.toSorted(),
      waiting.map(({ owner }) => owner),
      isCancelling,
      ownerDied,
    ]);
  }

  /** Nobody waits any more. */
  async end(): Promise<void> {
    for (const owner of this.#owners.values()) this.#lock.leave(owner);
    await settled();
  }

  #answer(name: string, kind: string, options: LockRequestOptions): string {
    const owner = this.#owner(name);
    const wait = [...this.#waits].findLast((one) => one.name === name);
    if (kind === 'withdraw') {
      wait?.stop.abort('withdrawn');
      return String(wait !== undefined);
    }
    try {
      const acquire = ACQUIRES.find((one) => one === kind);
      if (acquire !== undefined) return this.#acquire(name, owner, acquire, options);
      this.#lock[kind as 'release'](owner);
      return '0';
    } catch (error) {
      if (error instanceof InvariantError) return PANIC;
      if (IpcError.is(error)) return error.code;
      throw error;
    }
  }

  #acquire(name: string, owner: Owner, kind: Acquire, options: LockRequestOptions): string {
    this.#isTrying = !this.#isTrying;
    if (options.noWait === true && this.#isTrying) return this.#lock[TRIES[kind]](owner, options) ? '0' : 'EBUSY';
    const wait: Wait = { name, stop: new AbortController() };
    const asked = this.#lock[kind](owner, { ...options, signal: wait.stop.signal });
    if (!(asked instanceof Promise)) return '0';
    this.#waits.add(wait);
    void asked.then(
      () => this.#ends(wait, 'granted'),
      (error: IpcError) => {
        this.#waits.delete(wait);
        // A withdrawn one says that it was, and so does that of a dead owner.
        const atOnce = error.code === 'EBUSY' || error.message.includes('its holder cancels') ? ', at once' : '';
        if (error.code !== 'EINTR') this.#told.push(`${name} ${error.code}${atOnce}`);
      },
    );
    return 'wait';
  }

  #ends(wait: Wait, how: string): void {
    this.#waits.delete(wait);
    this.#told.push(`${wait.name} ${how}`);
  }

  #owner(name: string): Owner {
    const owner = this.#owners.get(name) ?? new Owner(name);
    this.#owners.set(name, owner);
    return owner;
  }
}

const TRIES = {
  shared: 'tryShared',
  exclusive: 'tryExclusive',
  upgrade: 'tryUpgrade',
  exclusiveUpgrade: 'tryExclusiveUpgrade',
} as const;

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

import { IpcError } from 'easync';
import { Owner, type SharedLockOptions } from 'easync/sync';
import type { Random } from '../../../src/host/seeded-random.ts';
import type { AnyLock } from './any-lock.ts';
import type { Judge } from './judge.ts';

export type Place = {
  readonly lock: AnyLock;
  /** The name of the client that it is, for the judge. */
  readonly client: string;
  readonly judge: Judge;
  readonly random: Random;
  readonly ownerDied: (owner: Owner) => boolean;
  readonly pause: (ms: number) => Promise<void>;
  /** It was killed, or has let go of the lock: what it learns from then on is nobody's. */
  readonly isOver: () => boolean;
};

/** What requests may be refused with. Anything else is a fault, but of a client that is over. */
const REFUSALS: ReadonlySet<unknown> = new Set(['EBUSY', 'ENOLCK', 'EWOULDBLOCK', 'EINTR']);

/** One owner's life: takes the lock this way or that, changes its mind, and lets go of it. */
export class Flow {
  readonly #place: Place;
  readonly #owner: Owner;
  readonly #name: string;

  constructor(place: Place, name: string) {
    this.#place = place;
    this.#owner = new Owner(name);
    this.#name = `${place.client}, ${name}`;
  }

  async run(rounds: number): Promise<void> {
    const { judge, random, pause, isOver } = this.#place;
    for (let round = 0; round < rounds && !isOver(); round += 1) {
      await pause(random.below(4));
      try {
        await this.#round();
      } catch (error) {
        const code = IpcError.is(error) ? error.code : error;
        if (!isOver() && !REFUSALS.has(code)) judge.faults.push(`${this.#name}: ${String(error)}`);
      }
    }
  }

  async #round(): Promise<void> {
    const { lock, random } = this.#place;
    let how: 'shared' | 'exclusive' = random.below(2) === 0 ? 'shared' : 'exclusive';
    await lock[how](this.#owner, this.#anyOptions());
    this.#enter(how);
    for (let more = random.below(4); more > 0; more -= 1) {
      await this.#inside(how);
      how = await this.#change(how);
    }
    this.#leave();
    await lock.release(this.#owner);
  }

  async #inside(how: 'shared' | 'exclusive'): Promise<void> {
    const { judge, random, pause, isOver } = this.#place;
    const before = judge.value;
    if (how === 'exclusive') return judge.write(() => pause(random.below(4)), isOver);
    await pause(random.below(4));
    if (!isOver() && judge.value !== before) judge.faults.push(`${this.#name} saw a write while it shared the lock`);
  }

  async #change(how: 'shared' | 'exclusive'): Promise<'shared' | 'exclusive'> {
    const { lock, random, pause } = this.#place;
    const owner = this.#owner;
    if (how === 'shared') {
      this.#leave();
      await lock[random.below(2) === 0 ? 'upgrade' : 'exclusiveUpgrade'](owner, this.#anyOptions());
      this.#enter('exclusive');
      return 'exclusive';
    }
    switch (random.below(4)) {
      case 0:
        await lock.exclusive(owner, { canRecurse: true });
        await lock.release(owner);
        return how;
      case 1:
        await lock.cancelBegin(owner);
        await pause(random.below(3));
        await lock.cancelEnd(owner);
        return how;
      case 2: {
        const held = lock.heldBy(owner);
        this.#leave();
        await held.release();
        await pause(random.below(3));
        await held.reacquire();
        this.#enter('exclusive');
        return how;
      }
      default:
        this.#leave();
        await lock.downgrade(owner);
        this.#enter('shared');
        return 'shared';
    }
  }

  #anyOptions(): SharedLockOptions {
    const { random, pause } = this.#place;
    const options: SharedLockOptions = {};
    const some = (): boolean => random.below(6) === 0;
    if (some()) options.noWait = true;
    if (some()) options.sleepFail = true;
    if (some()) options.deadlockTreat = true;
    if (some()) options.timeLimitMs = 1 + random.below(8);
    options.cancelable = random.below(2) === 0;
    if (!some()) return options;
    const stop = new AbortController();
    void pause(random.below(8)).then(() => stop.abort());
    return { ...options, signal: stop.signal };
  }

  #enter(how: 'shared' | 'exclusive'): void {
    const { client, judge, isOver, ownerDied } = this.#place;
    if (!isOver()) judge.enter(client, this.#name, how, ownerDied(this.#owner));
  }

  #leave(): void {
    const { judge, isOver } = this.#place;
    if (!isOver()) judge.leave(this.#name);
  }
}

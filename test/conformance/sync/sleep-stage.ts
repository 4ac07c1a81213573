import { sleep, type SleepOnOptions, type SleepResult, type Waiter, wakeupDomain } from 'easync/sync';
import { until } from '../../support/until.ts';
import { quiet } from '../../sync/settled.ts';

/** Something to sleep on, as who sleeps and as who wakes knows it. To both calls it is just an object: they are awaited either way. */
export type Place = { readonly here: object; readonly there: object };

/** Where idents come from, and when all that is under way has arrived. `isDistant`: somebody else has to say that one is prepared. */
export type SleepWorld = {
  readonly isDistant: boolean;
  place(): Place;
  settle(): Promise<void>;
};

/** Idents of one thread. */
export const LOCAL: SleepWorld = {
  isDistant: false,
  place: () => {
    const ident = {};
    return { here: ident, there: ident };
  },
  settle: quiet,
};

/** One rule's idents and sleepers. None of them is left asleep. */
export class SleepStage implements AsyncDisposable {
  readonly #world: SleepWorld;
  readonly #places: Place[] = [];
  readonly #sleepers: Sleeper[] = [];

  constructor(world: SleepWorld) {
    this.#world = world;
  }

  place(): Place {
    const place = this.#world.place();
    this.#places.push(place);
    return place;
  }

  settle(): Promise<void> {
    return this.#world.settle();
  }

  /** Really asleep when this returns, unless something keeps it from that. */
  async asleep(ident: object, options: SleepOnOptions = {}): Promise<Sleeper> {
    if (!this.#world.isDistant) return this.follow(sleep(ident, options));
    const { lock } = options;
    let isPrepared = false;
    const release = (): void | Promise<void> => {
      isPrepared = true;
      return lock?.release();
    };
    const sleeping = sleep(ident, { ...options, lock: { release, reacquire: () => lock?.reacquire() } });
    await until(() => isPrepared);
    return this.follow(sleeping);
  }

  /** The same, of one that is prepared. */
  commit(waiter: Waiter, options: SleepOnOptions = {}): Promise<Sleeper> {
    return this.follow(waiter.sleep(options));
  }

  async follow(sleeping: Promise<SleepResult>): Promise<Sleeper> {
    const sleeper = new Sleeper(sleeping);
    this.#sleepers.push(sleeper);
    await this.settle();
    return sleeper;
  }

  /** How each stands once all that is under way has arrived. */
  async outcomes(...sleepers: readonly Sleeper[]): Promise<Outcome[]> {
    await this.settle();
    return sleepers.map(({ outcome }) => outcome);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { there } of this.#places) for (const domain of DOMAINS) await wakeupDomain(there, domain);
    await Promise.all(this.#sleepers.map(({ settled }) => settled));
  }
}

/** Those that rules use. */
const DOMAINS = [0, 1, 2, 3, 0xffff_ffff];

export type Outcome = SleepResult['code'] | 'asleep';

/** One that has gone to sleep. */
export class Sleeper {
  outcome: Outcome = 'asleep';
  readonly settled: Promise<SleepResult>;

  constructor(sleeping: Promise<SleepResult>) {
    this.settled = sleeping.then((result) => {
      this.outcome = result.code;
      return result;
    });
  }
}

import { Lockmgr, type LockmgrOptions } from 'easync/sync';
import { HandClock } from '../../sync/hand-clock.ts';
import { quiet } from '../../sync/settled.ts';
import { type LockWorld, Play } from './play.ts';

/** Locks of one thread. Time passes when a rule says so. */
export const LOCAL_LOCKS: LockWorld = {
  lock: (options) => Promise.resolve(new Lockmgr(options)),
  settle: quiet,
};

/** One rule's locks. */
export class LockStage implements AsyncDisposable {
  readonly clock = new HandClock();
  readonly #world: LockWorld;
  readonly #plays: Play[] = [];

  constructor(world: LockWorld) {
    this.#world = world;
  }

  /** A new lock, made with these options. */
  async play(options: LockmgrOptions = {}): Promise<Play> {
    const play = new Play(await this.#world.lock({ host: this.clock, ...options }), () => this.#world.settle());
    this.#plays.push(play);
    return play;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const play of this.#plays) await play[Symbol.asyncDispose]();
  }
}

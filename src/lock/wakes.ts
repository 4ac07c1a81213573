import type { KeeperId } from './types.ts';

/**
 * Where the sleepers on one word are (pager.md §2.8, two brokers): a kernel says that it has some before it compares the word, so that
 * a wakeup of another, which stored first, cannot pass by. Plain data.
 */
export type WakesState = {
  /** Those that have sleepers, oldest first. They stay until they are found to have none. */
  sleepers: KeeperId[];
  /** Wakeups of one sleeper that have not found it yet: whom they were sent to, and where they go next. */
  looking: { readonly id: number; readonly at: KeeperId; readonly left: readonly KeeperId[] }[];
};

export type WakeEvents = {
  wait: { keeper: KeeperId; reqId: number };
  wake: { keeper: KeeperId; broadcast: boolean };
  /** Answers `woken`: whether one was woken there, and whether there are others. */
  completed: { keeper: KeeperId; id: number; woke: boolean; waits: boolean };
  leave: { keeper: KeeperId };
  /** The first of these that still has sleepers is asked to wake one. */
  lookOn: { left: readonly KeeperId[] };
};

export type WakeEffect =
  | { type: 'waiting'; keeper: KeeperId; reqId: number }
  | { type: 'woken'; keeper: KeeperId; id: number; broadcast: boolean };

export type WakesHost = { nextId(): number; emit(effect: WakeEffect): void };

export type WakeRows = {
  readonly [K in keyof WakeEvents]: (wakes: WakesState, host: WakesHost, event: WakeEvents[K]) => void;
};

export const WAKE_ROWS: WakeRows = {
  wait(wakes, host, { keeper, reqId }) {
    if (!wakes.sleepers.includes(keeper)) wakes.sleepers.push(keeper);
    host.emit({ type: 'waiting', keeper, reqId });
  },

  wake(wakes, host, { keeper, broadcast }) {
    const others = wakes.sleepers.filter((sleeper) => sleeper !== keeper);
    if (!broadcast) return this.lookOn(wakes, host, { left: others });
    for (const other of others) host.emit({ type: 'woken', keeper: other, id: host.nextId(), broadcast });
  },

  completed(wakes, host, { keeper, id, woke, waits }) {
    if (!waits) wakes.sleepers = wakes.sleepers.filter((sleeper) => sleeper !== keeper);
    const look = wakes.looking.find((one) => one.id === id && one.at === keeper);
    if (look === undefined) return;
    wakes.looking = wakes.looking.filter((one) => one !== look);
    if (!woke) this.lookOn(wakes, host, look);
  },

  leave(wakes, host, { keeper }) {
    wakes.sleepers = wakes.sleepers.filter((sleeper) => sleeper !== keeper);
    const lost = wakes.looking.filter(({ at }) => at === keeper);
    wakes.looking = wakes.looking.filter(({ at }) => at !== keeper);
    for (const { left } of lost) this.lookOn(wakes, host, { left });
  },

  lookOn(wakes, host, { left }) {
    const [at, ...others] = left.filter((keeper) => wakes.sleepers.includes(keeper));
    if (at === undefined) return;
    const id = host.nextId();
    wakes.looking.push({ id, at, left: others });
    host.emit({ type: 'woken', keeper: at, id, broadcast: false });
  },
};

/** Tells the master of one word's sleepers of one event. */
export function tellWakes<K extends keyof WakeEvents>(
  wakes: WakesState,
  host: WakesHost,
  event: K,
  about: WakeEvents[K],
  rows: WakeRows = WAKE_ROWS,
): void {
  rows[event](wakes, host, about);
}

export function newWakes(): WakesState {
  return { sleepers: [], looking: [] };
}

export function isQuiet({ sleepers, looking }: WakesState): boolean {
  return sleepers.length === 0 && looking.length === 0;
}

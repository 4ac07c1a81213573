import type { TraderStatus } from './fixtures/trader/trader.js';

export type Phase = 'calm' | 'end' | 'letGo' | 'showNoSenders' | 'close';

type Open = { [K in keyof TraderStatus]: TraderStatus[K] extends string[] ? K : never }[keyof TraderStatus];

/** How all traders come to an end together, in either of two ways: a phase, and of what nothing may be open when it is over. */
export const ENDINGS: readonly (readonly [Phase, ...Open[]][])[] = [
  // Ports go first: who watches for deaths has to hear of every one.
  [['calm', 'calls', 'room'], ['end', 'onces'], ['letGo', 'dead'], ['close']],
  // Rights go first: who watches for the last sender has to hear of that.
  [['calm', 'calls', 'room'], ['letGo', 'dead'], ['showNoSenders', 'none'], ['end', 'onces'], ['close']],
];

export function stillOpen(status: TraderStatus, kinds: readonly Open[]): string[] {
  return kinds.flatMap((kind) => status[kind]);
}

/** What has to come up among what became of promises: a workload in which nothing dies, or nothing works, would prove nothing. */
export const OUTCOMES: readonly string[] = [
  'call ok',
  'call ESERVERDIED',
  'call MACH_SEND_INVALID_DEST',
  'call MACH_SEND_TIMED_OUT',
  'call ETIMEDOUT',
  'once message',
  'once 69',
  'once 71',
  'dead kept',
  'none kept',
  'room kept',
];

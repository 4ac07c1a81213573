import { type LockmgrOptions, Lockmgr, Owner } from '../../src/sync/index.ts';
import { HandClock } from './hand-clock.ts';

export const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((label) => new Owner(label)) as [Owner, Owner, Owner, Owner];

/** A lock, and the clock that it goes by. */
export function lockWith(options: LockmgrOptions = {}) {
  const clock = new HandClock();
  return { clock, lock: new Lockmgr({ name: 'the table', host: clock, ...options }) };
}

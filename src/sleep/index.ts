export {
  INTEREST_ROWS,
  type InterestEffect,
  type InterestEvents,
  type InterestRows,
  type InterestState,
  isUnused,
  newInterest,
  tellInterest,
} from './interest.ts';
export { CriticalGate, type Section } from './gate.ts';
export { SleepQueues } from './queues.ts';
export { newSleeper, type Outcome, type Sleeper, SLEEPER_ROWS, type SleeperRows } from './sleeper.ts';
export type { SleepQueue, Slot } from './types.ts';

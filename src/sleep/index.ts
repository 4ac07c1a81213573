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
export { SleepQueues } from './queues.ts';
export type { SleepQueue, Slot } from './types.ts';

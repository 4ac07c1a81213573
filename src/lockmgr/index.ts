export { ask, LOCK_RULES } from './rules.ts';
export { holderState, isOwned, newLock, type Status, statusOf } from './state.ts';
export type * from './types.ts';
export { waitingAt } from './waiting.ts';

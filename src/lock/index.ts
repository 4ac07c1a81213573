export { isIdle, newKeeper, tellKeeper } from './keeper.ts';
export { KEEPER_ROWS, type KeeperEvents, type KeeperRows } from './keeper-rows.ts';
export { isFree, MASTER_ROWS, type MasterEvents, type MasterRows, newMaster, tellMaster } from './master.ts';
export type * from './types.ts';
export { FREE, MOST_OWNER, ownedBy, ownerIn, SHUT, slow, takeBack, type Word } from './word.ts';
export {
  isQuiet,
  newWakes,
  tellWakes,
  type WakeEffect,
  type WakeEvents,
  WAKE_ROWS,
  type WakeRows,
  type WakesState,
} from './wakes.ts';

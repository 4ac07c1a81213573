import type { ErrorCode } from '../errors.ts';
import { FUTEX_STATE } from '../wire/index.ts';
import type { Condition, KeeperId, MasterHost, MasterState } from './types.ts';

/** What a master is told. */
export type MasterEvents = {
  lock: { keeper: KeeperId; reqId: number; noQueue: boolean };
  released: { keeper: KeeperId; gen: number; condition: Condition };
  cancel: { keeper: KeeperId; reqId: number };
  /** It has died, or terminated the object. All that it said before has been told. */
  leave: { keeper: KeeperId };
  /** The time that a recalled holder had to give it back is over. */
  expired: { gen: number };
  /** Nobody has it: the first in the queue is to get it. */
  grantNext: null;
};

/** The rows of pager.md §2.4. What they answer is whether anything came of it. */
export type MasterRows = {
  readonly [K in keyof MasterEvents]: (master: MasterState, host: MasterHost, event: MasterEvents[K]) => boolean;
};

export const MASTER_ROWS: MasterRows = {
  lock(master, host, { keeper, reqId, noQueue }) {
    const fail = (code: ErrorCode): boolean => {
      host.emit({ type: 'failed', keeper, reqId, code });
      return true;
    };
    if (master.holder === keeper || master.queue.some((queued) => queued.keeper === keeper)) {
      fail('KERN_INVALID_ARGUMENT');
      return false;
    }
    if (master.condition === FUTEX_STATE.NOT_RECOVERABLE) return fail('ENOTRECOVERABLE');
    const isFree = master.holder === null && master.queue.length === 0;
    if (isFree || !noQueue) master.queue.push({ keeper, reqId });
    if (isFree) return this.grantNext(master, host, null);
    recall(master, host);
    // It is recalled all the same: who tries once more gets it, if nobody uses it.
    return noQueue ? fail('EAGAIN') : true;
  },

  released(master, host, { keeper, gen, condition }) {
    if (master.holder !== keeper || master.gen !== gen) return false;
    master.holder = null;
    // The holder knows: it may have repaired what was broken.
    master.condition = condition;
    return this.grantNext(master, host, null);
  },

  cancel(master, host, { keeper, reqId }) {
    const left = master.queue.filter((queued) => queued.keeper !== keeper || queued.reqId !== reqId);
    // It was granted before: the grant is the answer.
    if (left.length === master.queue.length) return false;
    master.queue = left;
    host.emit({ type: 'failed', keeper, reqId, code: 'KERN_ABORTED' });
    return true;
  },

  leave(master, host, { keeper }) {
    master.queue = master.queue.filter((queued) => queued.keeper !== keeper);
    if (master.holder !== keeper) return false;
    master.holder = null;
    // Whether a user was inside nobody can know any more.
    master.condition = FUTEX_STATE.OWNER_DIED;
    return this.grantNext(master, host, null);
  },

  expired(master, host, { gen }) {
    const { holder } = master;
    if (holder === null || master.gen !== gen || !master.isRecalled) return false;
    host.emit({ type: 'fenced', keeper: holder, gen });
    master.holder = null;
    master.condition = FUTEX_STATE.OWNER_DIED;
    return this.grantNext(master, host, null);
  },

  grantNext(master, host) {
    if (master.condition === FUTEX_STATE.NOT_RECOVERABLE) {
      for (const { keeper, reqId } of master.queue.splice(0)) {
        host.emit({ type: 'failed', keeper, reqId, code: 'ENOTRECOVERABLE' });
      }
      return true;
    }
    const next = master.queue.shift();
    if (next === undefined) return true;
    const { keeper, reqId } = next;
    const { condition } = master;
    master.holder = keeper;
    master.gen = host.nextGen();
    // A grant that is made while others wait carries the recall: else they would wait for good.
    master.isRecalled = host.recallsAtOnce || master.queue.length > 0;
    host.emit({ type: 'granted', keeper, reqId, gen: master.gen, condition, recall: master.isRecalled });
    return true;
  },
};

/**
 * A master has a lock and lends it to keepers, to one at a time, in the order in which they asked; each grant has a generation of its
 * own (Part II of the seed; pager.md §2.4). Tells it of one event.
 */
export function tellMaster<K extends keyof MasterEvents>(
  master: MasterState,
  host: MasterHost,
  event: K,
  about: MasterEvents[K],
  rows: MasterRows = MASTER_ROWS,
): boolean {
  return rows[event](master, host, about);
}

export function newMaster(): MasterState {
  return { holder: null, gen: 0, condition: FUTEX_STATE.CLEAN, queue: [], isRecalled: false };
}

/** Nothing is lost if it is forgotten: generations go on, as they are counted by its host. */
export function isFree({ holder, queue, condition }: MasterState): boolean {
  return holder === null && queue.length === 0 && condition === FUTEX_STATE.CLEAN;
}

/** Part IV of the seed: a way to force the holder to give it up. */
function recall(master: MasterState, host: MasterHost): void {
  const { holder, gen } = master;
  if (holder === null || master.isRecalled) return;
  master.isRecalled = true;
  host.emit({ type: 'recall', keeper: holder, gen });
}

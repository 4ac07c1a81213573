import { SHOULD_RETURN, VM_PROT } from '../wire/index.ts';
import type { LockRequest, MemoryObject, PageRecord, Resident } from './state.ts';
import type { Access } from './types.ts';

export type Rules = typeof RULES;

/** The small decisions of pager.md §1, each in one place. */
export const RULES = {
  /** `data_requests` of one object that may be outstanding (P2). */
  maxRequests: 51,

  /** Pages of one `data_return` (P10). */
  maxRun: 32,

  /** A fault on an object that is not ready waits, and sends nothing (P1). */
  takesFaults: ({ status }: MemoryObject): boolean =>
    status === 'ready' || status === 'internal' || status === 'dead' || status === 'destroyed',

  /** A page that is being taken away, or looked at for a pager: who faults on it waits (P1, P12). */
  isOnHold: (record: Resident): boolean => record.hold !== null,

  /** A page that has been asked for is not asked for again: who faults waits for the same answer (P1). */
  isOnItsWay: (record: PageRecord): boolean => record.state !== 'resident',

  /** A `data_unlock` is sent for each newly wanted access, and then not again (P6). */
  asksToUnlock: (record: Resident, access: Access): boolean => (access & ~record.unlockAsked) !== 0,

  /** Any lock that is set lets faults ask anew, the same one too (P6). */
  setsLock: (request: LockRequest): boolean => request.lock !== VM_PROT.NO_CHANGE,

  /** What goes back for a `lock_request`, before any flush (P9). */
  returns: (request: LockRequest, record: Resident): boolean =>
    (request.shouldReturn !== SHOULD_RETURN.NONE && record.dirty) ||
    (request.shouldReturn === SHOULD_RETURN.ALL && record.precious),

  /** What has been returned and is kept is clean: it is not returned a second time (P10). */
  cleans: (_request: LockRequest): boolean => true,

  /** A write that a task did by itself comes to light when its word is narrowed. */
  isChanged: (record: Resident, dirty: boolean): boolean => record.dirty || dirty,

  /** A nonzero `reqId` that is not the outstanding one is an answer to something that is over. */
  answersPage: (record: PageRecord, reqId: number): boolean =>
    record.state === 'requested' && (reqId === 0 || reqId === record.reqId),

  /** Only what no pager has heard of is introduced: `terminate` comes before the next `init` (P15). */
  needsInit: (object: MemoryObject): boolean => object.status === 'new',

  /** An object that nobody maps is kept if its pager allows it and there is something to keep (P14). */
  isKept: (object: MemoryObject): boolean =>
    object.status === 'ready' &&
    object.mayCache &&
    !object.internal &&
    [...object.pages.values()].some(({ state }) => state === 'resident'),

  /** Old bytes are copied to those that were promised them, before they change (P17). */
  keepsPromises: true as boolean,

  /** More that are changed go back: else what is read could not stay, nor others go on should pagers take nothing any more. */
  maxDirty: (cachePages: number): number => Math.ceil(cachePages / 2),

  /** Pages that cannot go take half of the room at most: there is always some for those that can. */
  maxStuck: (cachePages: number): number => Math.ceil(cachePages / 2),
};

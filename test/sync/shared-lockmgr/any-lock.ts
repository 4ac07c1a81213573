import type { Lockmgr, LockmgrOptions, Owner, SharedLockmgr } from 'easync/sync';

type Request = (owner: Owner, options?: Parameters<SharedLockmgr['shared']>[1]) => Promise<unknown>;

/** What a lock and a shared lock have in common: a test of the one is a test of the other. */
export type AnyLock = {
  readonly [Op in 'shared' | 'exclusive' | 'upgrade' | 'exclusiveUpgrade']: Request;
} & Pick<
  SharedLockmgr,
  | 'tryShared'
  | 'tryExclusive'
  | 'tryUpgrade'
  | 'tryExclusiveUpgrade'
  | 'downgrade'
  | 'release'
  | 'cancelBegin'
  | 'cancelEnd'
  | 'disown'
  | 'status'
  | 'isOwned'
  | 'isInUse'
  | 'heldBy'
>;

/** A new lock, for one test. */
export type NewLock = (options?: LockmgrOptions) => Promise<AnyLock>;

/** What is thrown in place rejects, as it does when it comes from elsewhere. */
export function promised(lock: Lockmgr): AnyLock {
  return {
    shared: async (...args) => lock.shared(...args),
    exclusive: async (...args) => lock.exclusive(...args),
    upgrade: async (...args) => lock.upgrade(...args),
    exclusiveUpgrade: async (...args) => lock.exclusiveUpgrade(...args),
    tryShared: async (...args) => lock.tryShared(...args),
    tryExclusive: async (...args) => lock.tryExclusive(...args),
    tryUpgrade: async (...args) => lock.tryUpgrade(...args),
    tryExclusiveUpgrade: async (...args) => lock.tryExclusiveUpgrade(...args),
    downgrade: async (owner) => lock.downgrade(owner),
    release: async (owner) => lock.release(owner),
    cancelBegin: async (owner) => lock.cancelBegin(owner),
    cancelEnd: async (owner) => lock.cancelEnd(owner),
    disown: async (owner) => lock.disown(owner),
    status: async (owner) => lock.status(owner),
    isOwned: async (owner) => lock.isOwned(owner),
    isInUse: async () => lock.isInUse,
    heldBy: (owner) => lock.heldBy(owner),
  };
}

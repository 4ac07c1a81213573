import { LOCK_RULES, type LockRules, type LockTable, type Move } from '../../src/lockmgr/index.ts';

/** Each cell of the table, with what another one does in its place: not always the same other one. */
export function cellMutants(): [string, LockRules][] {
  let turn = 0;
  return Object.entries(LOCK_RULES.table).flatMap(([kind, row]) =>
    Object.entries(row).map(([state, move]): [string, LockRules] => {
      const others = MOVES.filter((other) => other !== move && !(isPanic(move) && isPanic(other)));
      const told = others.filter(({ name }) => !SAME.has(`${kind}, ${state}: ${name}`));
      turn += 1;
      const other = told[turn % told.length] ?? move;
      const table = { ...LOCK_RULES.table, [kind]: { ...row, [state]: other } } as LockTable;
      return [`${kind}, ${state}: ${other.name}`, { ...LOCK_RULES, table }];
    }),
  );
}

/** One thing wrong in what happens without being asked for. */
export const HANDLER_MUTANTS: Readonly<Record<string, LockRules>> = {
  'succeed: nobody': { ...LOCK_RULES, succeed: () => undefined },
  'succeed: the upgrade is not first': {
    ...LOCK_RULES,
    succeed(lock, host) {
      const { upgrade, pending } = lock;
      if (upgrade === null || pending === null) return LOCK_RULES.succeed(lock, host);
      lock.upgrade = null;
      LOCK_RULES.succeed(lock, host);
      lock.upgrade = upgrade;
    },
  },
  'succeed: readers go before the exclusive request that is pending': {
    ...LOCK_RULES,
    succeed(lock, host) {
      const { pending } = lock;
      if (pending === null || lock.parked.size === 0 || lock.upgrade !== null) return LOCK_RULES.succeed(lock, host);
      lock.pending = null;
      LOCK_RULES.succeed(lock, host);
      lock.pending = pending;
    },
  },
  'succeed: writers go before readers': {
    ...LOCK_RULES,
    succeed(lock, host) {
      const [writer] = lock.writers.values();
      if (writer !== undefined && lock.pending === null) {
        lock.writers.delete(writer.wish);
        lock.pending = writer;
      }
      LOCK_RULES.succeed(lock, host);
    },
  },
  'succeed: one reader instead of all': {
    ...LOCK_RULES,
    succeed(lock, host) {
      const all = [...lock.parked];
      for (const [wish] of all.slice(1)) lock.parked.delete(wish);
      LOCK_RULES.succeed(lock, host);
      for (const [wish, request] of all.slice(1)) lock.parked.set(wish, request);
    },
  },
  'succeed: writers in any order': {
    ...LOCK_RULES,
    succeed(lock, host) {
      lock.writers = new Map([...lock.writers].toReversed());
      LOCK_RULES.succeed(lock, host);
    },
  },
  'withdraw: those behind it are forgotten': {
    ...LOCK_RULES,
    withdraw(lock, wish) {
      if (lock.upgrade?.wish === wish) lock.upgrade = null;
      else if (lock.pending?.wish === wish) lock.pending = null;
      else return lock.parked.delete(wish) || lock.writers.delete(wish);
      return true;
    },
  },
  'withdraw: it stays': { ...LOCK_RULES, withdraw: () => true },
  'leave: what it had is nobody’s': { ...LOCK_RULES, leave: () => undefined },
  'leave: nobody is told': {
    ...LOCK_RULES,
    leave(lock, owner, host) {
      LOCK_RULES.leave(lock, owner, host);
      lock.ownerDied = false;
    },
  },
  'leave: of several shares one goes': {
    ...LOCK_RULES,
    leave(lock, owner, host) {
      const times = lock.sharers.get(owner) ?? 0;
      if (times > 1) {
        lock.sharers.set(owner, times - 1);
        lock.shares -= 1;
      } else LOCK_RULES.leave(lock, owner, host);
    },
  },
};

const MOVES: Move[] = [...new Set(Object.values(LOCK_RULES.table).flatMap((row) => Object.values(row) as Move[]))];

/** Their texts differ, and the model has none. Recursion without leave is one of them. */
function isPanic({ name }: Move): boolean {
  return ['notHeld', 'notExclusive', 'isRecursed', 'recurses'].includes(name);
}

/** What is done differently there, and makes no difference, or one that is too rare. */
const SAME: ReadonlySet<string> = new Set([
  'release, own: releasesDisowned',
  'release, recursed: releasesDisowned',
  'cancelEnd, shared: releases',
  'cancelEnd, wanted: releases',
  'cancelEnd, upgrading: releases',
  'disown, disowned: disowns',
  'disown, disowned: endsCancelling',
]);

import type { Code, ErrorCode } from '../errors.ts';
import { FUTEX_STATE } from '../wire/index.ts';
import {
  answers,
  assign,
  cancelUnwanted,
  dropStale,
  fail,
  failAll,
  hasIt,
  letGo,
  mustOwn,
  pass,
  release,
  request,
  retain,
} from './keeper-moves.ts';
import type { Condition, KeeperHost, KeeperState, User, Waiting, Wish } from './types.ts';
import { FREE, MOST_OWNER, ownedBy, SHUT, slow, takeBack } from './word.ts';

/** What a keeper is told, by its users and by its master. `gen` 0 in a user's words: whichever it has. */
export type KeeperEvents = {
  lock: Waiting;
  unlock: { user: User; gen: number };
  /** The owner has put right what the one before it left behind (`consistent`). */
  repair: { user: User; gen: number };
  /** Whoever wished to have it does so no longer: cancelled, timed out, or dead. */
  withdraw: { wish: Wish };
  /** The user has died, or has the memory mapped no longer. */
  leave: { user: User };
  granted: { reqId: number; gen: number; condition: Condition; recall: boolean };
  failed: { reqId: number; code: ErrorCode };
  recall: { gen: number };
  fenced: { gen: number };
  /** There is no room for what nobody uses. */
  evict: null;
  masterGone: null;
  /** Before each of the above: what the word says is taken down. */
  reclaim: null;
  /** After each of them: the word says what tasks may do by themselves. */
  lend: null;
};

/** One row of pager.md §2.3 each, or several that begin with the same event. What they answer is for the user that spoke. */
export type KeeperRows = {
  readonly [K in keyof KeeperEvents]: (keeper: KeeperState, host: KeeperHost, event: KeeperEvents[K]) => Code;
};

export const KEEPER_ROWS: KeeperRows = {
  lock(keeper, host, waiting) {
    const { user, wish, noQueue } = waiting;
    if (keeper.isDead) return fail(host, wish, 'KERN_MEMORY_ERROR');
    if (dropStale(keeper, user, 0)) return fail(host, wish, 'EFENCED');
    if (keeper.owner === user) return fail(host, wish, 'EDEADLK');
    if (keeper.status === 'retained') return assign(keeper, host, waiting);
    if (keeper.status !== 'none' && noQueue) return fail(host, wish, 'EAGAIN');
    keeper.queue.push(waiting);
    return keeper.status === 'none' ? request(keeper, host) : 0;
  },

  unlock(keeper, host, { user, gen }) {
    const code = mustOwn(keeper, user, gen);
    if (code !== 0) return code;
    if (keeper.condition !== FUTEX_STATE.OWNER_DIED) return pass(keeper, host);
    keeper.condition = FUTEX_STATE.NOT_RECOVERABLE;
    failAll(keeper, host, 'ENOTRECOVERABLE');
    return release(keeper, host);
  },

  repair(keeper, _host, { user, gen }) {
    const code = mustOwn(keeper, user, gen);
    if (code !== 0) return code;
    if (keeper.condition !== FUTEX_STATE.OWNER_DIED) return 'EINVAL';
    keeper.condition = FUTEX_STATE.CLEAN;
    return 0;
  },

  withdraw(keeper, host, { wish }) {
    keeper.queue = keeper.queue.filter((waiting) => waiting.wish !== wish);
    return cancelUnwanted(keeper, host);
  },

  leave(keeper, host, { user }) {
    keeper.stale = keeper.stale.filter((stale) => stale.user !== user);
    keeper.queue = keeper.queue.filter((waiting) => waiting.user !== user);
    cancelUnwanted(keeper, host);
    if (keeper.owner !== user) return 0;
    keeper.condition = FUTEX_STATE.OWNER_DIED;
    return pass(keeper, host);
  },

  granted(keeper, host, { reqId, gen, condition, recall }) {
    if (!answers(keeper, reqId)) return 0;
    keeper.gen = gen;
    keeper.condition = condition;
    // A master of ours fails the request instead.
    if (condition === FUTEX_STATE.NOT_RECOVERABLE) {
      failAll(keeper, host, 'ENOTRECOVERABLE');
      return release(keeper, host);
    }
    const first = keeper.queue.shift();
    // Nobody wants it any more, and it is ours all the same: a grant is never dropped.
    if (first === undefined) return recall ? release(keeper, host) : retain(keeper);
    assign(keeper, host, first);
    if (recall) keeper.status = 'yielding';
    return 0;
  },

  failed(keeper, host, { reqId, code }) {
    const asked = keeper.asked;
    if (asked === null || !answers(keeper, reqId)) return 0;
    if (asked.noQueue && code === 'EAGAIN') {
      for (const { wish } of keeper.queue.filter(({ noQueue }) => noQueue)) fail(host, wish, code);
      keeper.queue = keeper.queue.filter(({ noQueue }) => !noQueue);
    } else if (!asked.isCancelled) failAll(keeper, host, code);
    keeper.status = 'none';
    return keeper.queue.length > 0 ? request(keeper, host) : 0;
  },

  /** Part IV of the seed: back at once if nobody uses it, else once its owner unlocks (`pass`). */
  recall(keeper, host, { gen }) {
    keeper.messages += 1;
    // It crossed a voluntary release, or repeats: that release is its answer, and a second would be taken for the next hold's.
    if (gen !== keeper.gen) return 0;
    if (keeper.status === 'retained') return release(keeper, host);
    if (keeper.status === 'held') keeper.status = 'yielding';
    return 0;
  },

  fenced(keeper, host, { gen }) {
    keeper.messages += 1;
    if (gen !== keeper.gen || !hasIt(keeper)) return 0;
    if (keeper.owner !== null) {
      keeper.stale.push({ user: keeper.owner, gen });
      host.emit({ type: 'fenced', user: keeper.owner, gen });
    }
    return letGo(keeper, host);
  },

  evict(keeper, host) {
    return keeper.status === 'retained' ? release(keeper, host) : 0;
  },

  masterGone(keeper, host) {
    keeper.isDead = true;
    keeper.asked = null;
    failAll(keeper, host, 'KERN_MEMORY_ERROR');
    if (keeper.owner === null) keeper.status = 'none';
    return 0;
  },

  reclaim(keeper, host) {
    if (!keeper.isLent || host.word === null) return 0;
    keeper.isLent = false;
    const found = takeBack(host.word);
    const owner = typeof found === 'object' ? found.owner : null;
    keeper.owner = owner;
    keeper.status = owner === null ? 'retained' : 'held';
    // Somebody may have had it, and nobody can say who.
    if (found === 'overwritten') keeper.condition = FUTEX_STATE.OWNER_DIED;
    // It died, or gave the memory up, before it took the word: nobody will say so once more.
    if (owner !== null && !host.isUser(owner)) this.leave(keeper, host, { user: owner });
    return 0;
  },

  lend(keeper, { word }) {
    const { owner, status, queue, condition, isDead } = keeper;
    const isFast = queue.length === 0 && condition === FUTEX_STATE.CLEAN && !isDead;
    keeper.isLent =
      word !== null && isFast && (status === 'retained' || (status === 'held' && (owner ?? Infinity) <= MOST_OWNER));
    if (owner === null || owner > MOST_OWNER) word?.store(keeper.isLent ? FREE : SHUT);
    else word?.store(keeper.isLent ? ownedBy(owner) : slow(ownedBy(owner)));
    return 0;
  },
};

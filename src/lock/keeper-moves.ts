import type { Code, ErrorCode } from '../errors.ts';
import { FUTEX_STATE } from '../wire/index.ts';
import type { KeeperHost, KeeperState, User, Waiting, Wish } from './types.ts';

// What the rows of a keeper are made of: each leaves it as one of the five states of pager.md §2.3.

/** The owner has done with it: to the next of its own users, or back if it is recalled, or it stays. */
export function pass(keeper: KeeperState, host: KeeperHost): Code {
  keeper.owner = null;
  if (keeper.isDead) {
    keeper.status = 'none';
    return 0;
  }
  // Part IV: never to another user of its own.
  if (keeper.status === 'yielding') return release(keeper, host);
  const next = keeper.queue.shift();
  return next === undefined ? retain(keeper) : assign(keeper, host, next);
}

export function assign(keeper: KeeperState, host: KeeperHost, { wish, user }: Waiting): Code {
  keeper.status = 'held';
  keeper.owner = user;
  keeper.grants += 1;
  const { gen, condition } = keeper;
  host.emit({ type: 'granted', wish, user, gen, ownerDied: condition === FUTEX_STATE.OWNER_DIED });
  return 0;
}

/** Part III of the seed: nobody uses it, and it stays. The next of its users gets it without a message to the master. */
export function retain(keeper: KeeperState): Code {
  keeper.status = 'retained';
  return 0;
}

export function release(keeper: KeeperState, host: KeeperHost): Code {
  keeper.messages += 1;
  host.emit({ type: 'release', gen: keeper.gen, condition: keeper.condition });
  return letGo(keeper, host);
}

/** It is not here any more; who waits here waits for the next grant. */
export function letGo(keeper: KeeperState, host: KeeperHost): Code {
  keeper.owner = null;
  keeper.status = 'none';
  return keeper.queue.length > 0 ? request(keeper, host) : 0;
}

export function request(keeper: KeeperState, host: KeeperHost): Code {
  keeper.lastReqId += 1;
  const reqId = keeper.lastReqId;
  const noQueue = keeper.queue.every((waiting) => waiting.noQueue);
  keeper.status = 'requested';
  keeper.asked = { reqId, noQueue, isCancelled: false };
  keeper.messages += 1;
  host.emit({ type: 'request', reqId, noQueue });
  return 0;
}

/** Whether it is the answer to what was asked, which is over then. */
export function answers(keeper: KeeperState, reqId: number): boolean {
  if (keeper.asked?.reqId !== reqId) return false;
  keeper.asked = null;
  keeper.messages += 1;
  return true;
}

/** Others need not wait for one that nobody here wants any more. The answer is a failure, or the grant that crosses this. */
export function cancelUnwanted(keeper: KeeperState, host: KeeperHost): Code {
  const { asked, queue } = keeper;
  if (asked === null || asked.isCancelled || queue.length > 0) return 0;
  asked.isCancelled = true;
  keeper.messages += 1;
  host.emit({ type: 'cancel', reqId: asked.reqId });
  return 0;
}

export function mustOwn(keeper: KeeperState, user: User, gen: number): Code {
  // What it has comes before what it has lost: who took a word that it may not have, and could not give it back, says so by 0 (`word.ts`).
  if (keeper.owner === user && (gen === 0 || gen === keeper.gen)) return 0;
  return dropStale(keeper, user, gen) ? 'EFENCED' : 'EPERM';
}

/** Whether the user had it by a grant (0: any) that a revocation has made worthless. It is told once. */
export function dropStale(keeper: KeeperState, user: User, gen: number): boolean {
  const isIt = (stale: { user: User; gen: number }): boolean => stale.user === user && (gen === 0 || stale.gen === gen);
  const was = keeper.stale.some(isIt);
  if (was) keeper.stale = keeper.stale.filter((stale) => !isIt(stale));
  return was;
}

export function hasIt({ status }: KeeperState): boolean {
  return status === 'held' || status === 'retained' || status === 'yielding';
}

export function failAll(keeper: KeeperState, host: KeeperHost, code: ErrorCode): void {
  const { queue } = keeper;
  keeper.queue = [];
  for (const { wish } of queue) fail(host, wish, code);
}

export function fail(host: KeeperHost, wish: Wish, code: ErrorCode): Code {
  host.emit({ type: 'failed', wish, code });
  return 0;
}

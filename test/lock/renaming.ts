import { FREE, type KeeperState, type MasterState, ownedBy, ownerIn } from '../../src/lock/index.ts';
import type { Item, Side } from './parts.ts';

/** New names for the numbers in a part: generations of a lock, requests of a broker for a lock. 0 is nobody's and stays. */
export type Names = {
  gen(lock: number, id: number): number;
  request(broker: number, lock: number, id: number): number;
  /** The last request that was numbered. */
  last(broker: number, lock: number, id: number): number;
};

export function renameKeeper(keeper: KeeperState, broker: number, lock: number, names: Names): KeeperState {
  const { asked, stale } = keeper;
  return {
    ...keeper,
    gen: names.gen(lock, keeper.gen),
    asked: asked === null ? null : { ...asked, reqId: names.request(broker, lock, asked.reqId) },
    lastReqId: names.last(broker, lock, keeper.lastReqId),
    stale: stale.map(({ user, gen }) => ({ user, gen: names.gen(lock, gen) })),
  };
}

export function renameMaster(master: MasterState, lock: number, names: Names): MasterState {
  const queue = master.queue.map(({ keeper, reqId }) => ({ keeper, reqId: names.request(keeper, lock, reqId) }));
  return { ...master, gen: names.gen(lock, master.gen), queue };
}

export function renameSide(side: Side, names: Names): Side {
  const users = side.users.map((ofLock, lock) => ofLock.map((user) => ({ ...user, gen: names.gen(lock, user.gen) })));
  return { ...side, users };
}

export function renameItem({ lock, message }: Item, broker: number, names: Names): Item {
  if (message === null) return { lock, message };
  const copy = { ...message };
  if ('reqId' in copy) copy.reqId = names.request(broker, lock, copy.reqId);
  if ('gen' in copy) copy.gen = names.gen(lock, copy.gen);
  return { lock, message: copy };
}

/** Two users of one lock in each other's place. */
export function swapUsersOfKeeper(keeper: KeeperState): KeeperState {
  const { owner, queue, stale } = keeper;
  return {
    ...keeper,
    owner: owner === null ? null : other(owner),
    queue: queue.map((waiting) => ({ ...waiting, user: other(waiting.user), wish: other(waiting.wish) })),
    stale: stale.map(({ user, gen }) => ({ user: other(user), gen })),
  };
}

export function swapUsersOfSide(side: Side, lock: number): Side {
  const users = side.users.map((ofLock, one) => (one === lock ? ofLock.toReversed() : ofLock));
  const words = side.words.map((word, one) => (one === lock ? swapInWord(word) : word));
  return { ...side, users, words };
}

/** `order`: the broker that gets each place. */
export function reorderMaster(master: MasterState, order: readonly number[]): MasterState {
  const { holder, queue } = master;
  return {
    ...master,
    holder: holder === null ? null : order.indexOf(holder),
    queue: queue.map(({ keeper, reqId }) => ({ keeper: order.indexOf(keeper), reqId })),
  };
}

function swapInWord(word: number): number {
  const owner = ownerIn(word);
  return owner === null || owner > 2 || word === FREE ? word : word - ownedBy(owner) + ownedBy(other(owner));
}

function other(user: number): number {
  return 3 - user;
}

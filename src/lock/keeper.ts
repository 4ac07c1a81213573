import type { Code, ErrorCode } from '../errors.ts';
import { KEEPER_ROWS, type KeeperEvents, type KeeperRows } from './keeper-rows.ts';
import type { KeeperHost, KeeperState } from './types.ts';

/**
 * A keeper has a lock from its master, hands it on among its own users, and keeps it after use until it is recalled: then it gives it
 * back as soon as nobody uses it, and never to another user of its own (pager.md §2.3; Parts III and IV of the seed). Tells it of one
 * event; what has to be done comes by `host.emit`. Tests replace single rows, to show that they would notice.
 */
export function tellKeeper<K extends keyof KeeperEvents>(
  keeper: KeeperState,
  host: KeeperHost,
  event: K,
  about: KeeperEvents[K],
  rows: KeeperRows = KEEPER_ROWS,
): Code {
  rows.reclaim(keeper, host, null);
  const code: 0 | ErrorCode = rows[event](keeper, host, about);
  rows.lend(keeper, host, null);
  return code;
}

export function newKeeper(): KeeperState {
  return {
    status: 'none',
    gen: 0,
    condition: 0,
    owner: null,
    queue: [],
    asked: null,
    lastReqId: 0,
    isLent: false,
    stale: [],
    isDead: false,
    grants: 0,
    messages: 0,
  };
}

/** Nothing is lost if it is forgotten, and made anew for the next who wants the lock. */
export function isIdle({ status, stale, isDead }: KeeperState): boolean {
  return status === 'none' && stale.length === 0 && !isDead;
}

import {
  cancels,
  disowns,
  downgrades,
  endsCancelling,
  isRecursed,
  joins,
  losesShare,
  losesShareAndWaits,
  notExclusive,
  notHeld,
  nothing,
  parks,
  parksUnlessTreated,
  recurses,
  releases,
  releasesDisowned,
  releasesOne,
  releasesShare,
  takes,
  upgrades,
  waits,
} from './moves.ts';
import { holderState } from './state.ts';
import { leave, succeed, withdraw } from './succession.ts';
import type { Answer, LockHost, LockRules, LockState, LockTable, Request } from './types.ts';

/** @throws InvariantError, what is a panic in the table: the lock is as it was */
export function ask(lock: LockState, request: Request, host: LockHost): Answer {
  return host.rules.table[request.kind][holderState(lock, request.owner)](lock, request, host);
}

const BY_NOBODY_ELSE = { free: notHeld, other: notHeld, disowned: notHeld } as const;
const BY_THE_HOLDER = {
  ...BY_NOBODY_ELSE,
  shared: notExclusive,
  wanted: notExclusive,
  upgrading: notExclusive,
} as const;

/** The table of lwkt.md §3.2: what is asked, and how the lock stands to who asks. */
const TABLE: LockTable = {
  shared: {
    free: joins,
    shared: joins,
    wanted: parksUnlessTreated,
    upgrading: parksUnlessTreated,
    own: recurses,
    recursed: recurses,
    other: parks,
    disowned: parks,
  },
  exclusive: {
    free: takes,
    // One's own share too: nobody knows whose they are, and who does not upgrade waits for itself.
    shared: waits,
    wanted: waits,
    upgrading: waits,
    own: recurses,
    recursed: recurses,
    other: waits,
    disowned: waits,
  },
  upgrade: {
    ...BY_NOBODY_ELSE,
    shared: upgrades,
    wanted: upgrades,
    upgrading: losesShareAndWaits,
    own: nothing,
    recursed: nothing,
  },
  exclusiveUpgrade: {
    ...BY_NOBODY_ELSE,
    shared: upgrades,
    wanted: upgrades,
    upgrading: losesShare,
    own: nothing,
    recursed: nothing,
  },
  downgrade: { ...BY_THE_HOLDER, own: downgrades, recursed: isRecursed },
  release: {
    free: notHeld,
    shared: releasesShare,
    wanted: releasesShare,
    upgrading: releasesShare,
    own: releases,
    recursed: releasesOne,
    other: notHeld,
    disowned: releasesDisowned,
  },
  // The exclusive holder's (§3.5 e); the lock may be shared when it ends, by a downgrade.
  cancelBegin: { ...BY_THE_HOLDER, own: cancels, recursed: cancels },
  cancelEnd: {
    ...BY_NOBODY_ELSE,
    shared: endsCancelling,
    wanted: endsCancelling,
    upgrading: endsCancelling,
    own: endsCancelling,
    recursed: endsCancelling,
  },
  disown: { ...BY_THE_HOLDER, own: disowns, recursed: disowns, disowned: nothing },
};

export const LOCK_RULES: LockRules = { table: TABLE, succeed, withdraw, leave };

import { findReceive } from '../lookup.ts';
import { admitBlocked } from '../admit.ts';
import type { Space } from '../records.ts';
import { msgcount } from '../rules.ts';
import { MAX_QLIMIT } from '../types.ts';
import { fireSendPossible } from '../send-possible.ts';
import type { State } from '../state.ts';
import { NULL_NAME } from '../types.ts';
import type { Name, Result } from '../types.ts';

export function getReceiveStatus(_state: State, space: Space, { name }: { name: Name }): Result {
  const found = findReceive(space, name);
  if ('code' in found) return found;
  const { port } = found.entry;
  const { seqno, mscount, qlimit, srights, onces, backup, noSenders } = port;
  return {
    code: 0,
    status: {
      seqno,
      mscount,
      qlimit,
      msgcount: msgcount(port),
      sorights: onces.size,
      srights: srights > 0,
      pdrequest: backup !== null,
      nsrequest: noSenders !== null,
      pset: port.set?.name ?? NULL_NAME,
    },
  };
}

/** Raising lets blocked sends in, and tells who asked for a place if one is left; lowering drops nothing (mach.md §3). */
export function setQlimit(state: State, space: Space, { name, qlimit }: { name: Name; qlimit: number }): Result {
  if (!Number.isInteger(qlimit) || qlimit < 0 || qlimit > MAX_QLIMIT) return { code: 'KERN_INVALID_VALUE' };
  const found = findReceive(space, name);
  if ('code' in found) return found;
  const { port } = found.entry;
  port.qlimit = qlimit;
  admitBlocked(state, port);
  // No message need ever be received that would tell them: the queue may be empty.
  if (msgcount(port) < qlimit) fireSendPossible(state, port);
  return { code: 0 };
}

export function setMscount(_state: State, space: Space, { name, mscount }: { name: Name; mscount: number }): Result {
  const found = findReceive(space, name);
  if ('code' in found) return found;
  found.entry.port.mscount = mscount >>> 0;
  return { code: 0 };
}

export function setSeqno(_state: State, space: Space, { name, seqno }: { name: Name; seqno: number }): Result {
  const found = findReceive(space, name);
  if ('code' in found) return found;
  found.entry.port.seqno = seqno >>> 0;
  return { code: 0 };
}

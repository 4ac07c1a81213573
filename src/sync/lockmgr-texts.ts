import type { Modifiers, RequestKind } from '../lockmgr/index.ts';

/** Why a request was refused at once, and what to do. `isOwn`: who asks has the lock exclusively. */
export function refusedBecause(code: 'EBUSY' | 'ENOLCK', op: RequestKind, isOwn: boolean): string {
  if (code === 'ENOLCK') return `its holder cancels whoever would have to wait; ${LOOK}${lost(op)}`;
  if (isUpgrade(op)) return `somebody else shares it, or upgrades too${lost(op)}`;
  if (isOwn) return 'who asks has it exclusively already; release it first, or pass canRecurse';
  return 'somebody else has it, or is to have it next; wait for it, or try again';
}

/** Why a request that waited has failed, and what to do. `isLeft`: its owner is no more. */
export function failedBecause(code: Failure, { op, modifiers }: Failed, isLeft: boolean): string {
  if (isLeft) return 'its owner has left (leave), and waits no more';
  return `${because(code, modifiers)}${lost(op)}`;
}

export type Failed = { readonly op: RequestKind; readonly modifiers: Modifiers };
export type Failure = 'ENOLCK' | 'EWOULDBLOCK' | 'EINTR' | 'ERESTART';

function because(code: Failure, { sleepFail, cancelable }: Modifiers): string {
  if (code === 'EWOULDBLOCK') return 'its time limit has passed; try again, or allow more';
  if (code === 'EINTR') return 'its signal was aborted while it waited';
  if (code === 'ERESTART') return 'its signal was aborted while it waited; begin again';
  const whys = [sleepFail && 'it had to wait and may not (sleepFail)', cancelable && 'the holder has cancelled it'];
  return `${whys.filter(Boolean).join(', or ')}; ${LOOK}`;
}

const LOOK = 'look whether what it protects is still what you want';

/** An upgrade that is tried again would panic (lwkt.md §3.3). */
function lost(op: RequestKind): string {
  return isUpgrade(op) ? '; its share is lost: begin with `shared`' : '';
}

function isUpgrade(op: RequestKind): boolean {
  return op === 'upgrade' || op === 'exclusiveUpgrade';
}

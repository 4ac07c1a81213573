import type { Code, ErrorCode } from '../../errors.ts';
import { arrivalKind, copyin, isDisposition, permits, withoutRight } from '../copyin.ts';
import { copyout, land, mayHold, nameToJoin } from '../copyout.ts';
import { isServedByOther } from '../lookup.ts';
import { mayRequest } from '../port.ts';
import type { Entry, Port, PortEntry, Right, Space } from '../records.ts';
import { isLive, release } from '../right.ts';
import { hasRoom, isValidName } from '../space.ts';
import type { State } from '../state.ts';
import { DISP } from '../types.ts';
import type { Name, Result, RightSpec } from '../types.ts';

/** mach.md §3: the right is copied in first, and a refusal after that destroys it. */
export function insertRight(
  state: State,
  space: Space,
  { name, right: spec }: { name: Name; right: RightSpec },
  caller: Space,
): Result {
  const taken = takeRight(state, caller, spec, 0);
  if ('code' in taken) return taken;
  const { right } = taken;
  const code = checkInsert(state, space, name, right);
  if (code === 0 && isLive(right)) {
    markSeen(right, caller, space);
    land(state, space, right, name);
  } else {
    release(state, right, 'in hand');
  }
  return { code };
}

export function extractRight(state: State, space: Space, spec: RightSpec, caller: Space): Result {
  return transfer(state, space, spec, caller);
}

/**
 * Copies a right out of one space into another, where it gets a name by the usual rules. Another task's port that is served has to
 * be drained first (`KERN_FAILURE`): only its server knows what it has taken.
 */
export function transfer(state: State, from: Space, { disp, name }: RightSpec, to: Space): Result {
  if (!isDisposition(disp)) return { code: 'KERN_INVALID_VALUE' };
  const entry = from.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  if (!permits(entry, disp)) return { code: 'KERN_INVALID_RIGHT' };
  if (disp === DISP.MAKE_SEND_ONCE && !mayRequest(state, from)) return { code: 'KERN_RESOURCE_SHORTAGE' };
  const code = checkTransfer(state, entry, disp, to);
  if (code !== 0) return { code };
  const right = copyin(state, entry, disp, { tag: 0, caller: null, unwanted: null });
  markSeen(right, from, to);
  return { code: 0, ...copyout(state, to, right) };
}

/** Copies in a right that is an argument of a call. NULL and DEAD pass as what they are; the caller must release it. */
export function takeRight(
  state: State,
  space: Space,
  spec: RightSpec,
  tag: number,
): { right: Right } | { code: ErrorCode } {
  const { disp, name } = spec;
  if (!isDisposition(disp)) return { code: 'KERN_INVALID_VALUE' };
  const nothing = withoutRight(spec);
  if (nothing !== null) return { right: nothing };
  const entry = space.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  if (!permits(entry, disp)) return { code: 'KERN_INVALID_RIGHT' };
  if (disp === DISP.MAKE_SEND_ONCE && !mayRequest(state, space)) return { code: 'KERN_RESOURCE_SHORTAGE' };
  return { right: copyin(state, entry, disp, { tag, caller: null, unwanted: null }) };
}

function checkInsert(state: State, into: Space, name: Name, right: Right): Code {
  if (!isValidName(name)) return 'KERN_INVALID_VALUE';
  if (!isLive(right)) return 'KERN_INVALID_CAPABILITY';
  const known = nameToJoin(state, into, right);
  if (known !== undefined && known.name !== name) return 'KERN_RIGHT_EXISTS';
  if (known === undefined && into.entries.has(name)) return 'KERN_NAME_EXISTS';
  if (known === undefined && !hasRoom(state, into)) return 'KERN_NO_SPACE';
  return right.kind === 'receive' ? checkPort(state, into, right.port) : checkOverflow(state, known);
}

function checkPort(state: State, space: Space, port: Port): Code {
  return mayHold(state, space, port) ? 0 : 'KERN_RESOURCE_SHORTAGE';
}

function checkOverflow(state: State, entry: PortEntry | undefined): Code {
  return entry !== undefined && entry.sends >= state.rules.maxSendUrefs ? 'KERN_UREFS_OVERFLOW' : 0;
}

function checkTransfer(state: State, entry: Entry, disp: number, to: Space): Code {
  if (entry.kind === 'dead') return 0;
  if (!joins(state, to, entry, disp) && !hasRoom(state, to)) return 'KERN_NO_SPACE';
  if (disp !== DISP.MOVE_RECEIVE || entry.kind !== 'port') return 0;
  return isServedByOther(entry, to) ? 'KERN_FAILURE' : checkPort(state, to, entry.port);
}

/** Whether what `entry` gives with `disp` would land on a name that the space already has. */
function joins(state: State, to: Space, entry: Entry, disp: number): boolean {
  if (entry.kind !== 'port' || arrivalKind(disp) === DISP.MOVE_SEND_ONCE) return false;
  return nameToJoin(state, to, { kind: 'send', port: entry.port }) !== undefined;
}

/** A send-once right that another task gets by hand was seen by it, as if a message had brought it. */
function markSeen(right: Right, from: Space, to: Space): void {
  if (right.kind === 'once' && from !== to) right.once.deliveries += 1;
}

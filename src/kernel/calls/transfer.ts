import type { Code, ErrorCode } from '../../errors.ts';
import { arrivalKind, copyin, isDisposition, permits, withoutRight } from '../copyin.ts';
import { copyout, joinSend, nameToJoin } from '../copyout.ts';
import type { Destination, OnceEntry, PortEntry, Right, Space } from '../records.ts';
import { isLive, release } from '../right.ts';
import { addOnceEntry, addPortEntry, hasRoom, isValidName } from '../space.ts';
import type { State } from '../state.ts';
import { DISP, NULL_NAME } from '../types.ts';
import type { Name, Result, RightSpec } from '../types.ts';

/** mach.md §3: the right is copied in first, and a refusal after that destroys it. */
export function insertRight(
  state: State,
  space: Space,
  { target, name, right: spec }: { target: Name; name: Name; right: RightSpec },
): Result {
  const into = findTask(space, target);
  if (into === undefined) return { code: 'MACH_SEND_INVALID_DEST' };
  const taken = takeRight(state, space, spec, 0);
  if ('code' in taken) return taken;
  const { right } = taken;
  const code = checkInsert(state, into, name, right);
  if (code === 0 && isLive(right)) {
    markSeen(right, space, into);
    insertAs(state, into, name, right);
  } else {
    release(state, right, 'in hand');
  }
  return { code };
}

export function extractRight(
  state: State,
  space: Space,
  { target, name, disp }: { target: Name; name: Name; disp: number },
): Result {
  const from = findTask(space, target);
  if (from === undefined) return { code: 'MACH_SEND_INVALID_DEST' };
  return transfer(state, from, { disp, name }, space);
}

/** Copies a right out of one space into another, where it gets a name by the usual rules. */
export function transfer(state: State, from: Space, { disp, name }: RightSpec, to: Space): Result {
  if (!isDisposition(disp)) return { code: 'KERN_INVALID_VALUE' };
  const entry = from.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  if (!permits(entry, disp)) return { code: 'KERN_INVALID_RIGHT' };
  if (entry.kind !== 'dead' && !joins(state, to, entry, disp) && !hasRoom(state, to)) return { code: 'KERN_NO_SPACE' };
  const right = copyin(state, entry, disp, 0);
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
  return { right: copyin(state, entry, disp, tag) };
}

/** The task behind a task port: NULL is the caller's own. */
function findTask(space: Space, target: Name): Space | undefined {
  if (target === NULL_NAME) return space;
  const entry = space.entries.get(target);
  if (entry?.kind !== 'port' || entry.sends === 0) return undefined;
  return entry.port.owner.kind === 'kernel' ? entry.port.owner.space : undefined;
}

function checkInsert(state: State, into: Space, name: Name, right: Right): Code {
  if (!isValidName(name)) return 'KERN_INVALID_VALUE';
  if (!isLive(right)) return 'KERN_INVALID_CAPABILITY';
  const known = nameToJoin(state, into, right);
  if (known !== undefined) return known.name === name ? checkOverflow(state, known) : 'KERN_RIGHT_EXISTS';
  if (into.entries.has(name)) return 'KERN_NAME_EXISTS';
  return hasRoom(state, into) ? 0 : 'KERN_NO_SPACE';
}

function checkOverflow(state: State, entry: PortEntry): Code {
  return entry.sends >= state.rules.maxSendUrefs ? 'KERN_UREFS_OVERFLOW' : 0;
}

function insertAs(state: State, into: Space, name: Name, right: Destination): void {
  const known = nameToJoin(state, into, right);
  if (right.kind === 'once') addOnceEntry(into, name, right.once);
  else if (known === undefined) addPortEntry(into, name, right.port, { sends: 1, receive: false });
  else joinSend(state, known);
}

/** Whether what `entry` gives with `disp` would land on a name that the space already has. */
function joins(state: State, to: Space, entry: PortEntry | OnceEntry, disp: number): boolean {
  if (entry.kind === 'once' || arrivalKind(disp) !== DISP.MOVE_SEND) return false;
  return nameToJoin(state, to, { kind: 'send', port: entry.port }) !== undefined;
}

/** A send-once right that another task gets by hand was seen by it, as if a message had brought it. */
function markSeen(right: Right, from: Space, to: Space): void {
  if (right.kind === 'once' && from !== to) right.once.deliveries += 1;
}

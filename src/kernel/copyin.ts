import { portDeleted } from './notify.ts';
import { makeOnce } from './port.ts';
import type { DeadEntry, Entry, NoRight, OnceEntry, PortEntry, Right } from './records.ts';
import { unlink } from './space.ts';
import type { State } from './state.ts';
import { DEAD_NAME, DISP, NULL_NAME } from './types.ts';
import type { RightSpec } from './types.ts';

type Disposition = {
  /** What the sender must hold. */
  needs: 'send' | 'receive' | 'once';
  /** Whether the sender loses what it names. */
  moves: boolean;
  /** The kind the receiver is told. */
  arrives: number;
};

/** mach.md §4. MOVE_RECEIVE has no row yet: receive rights do not travel. */
const DISPOSITIONS = new Map<number, Disposition>([
  [DISP.MOVE_SEND, { needs: 'send', moves: true, arrives: DISP.MOVE_SEND }],
  [DISP.COPY_SEND, { needs: 'send', moves: false, arrives: DISP.MOVE_SEND }],
  [DISP.MAKE_SEND, { needs: 'receive', moves: false, arrives: DISP.MOVE_SEND }],
  [DISP.MOVE_SEND_ONCE, { needs: 'once', moves: true, arrives: DISP.MOVE_SEND_ONCE }],
  [DISP.MAKE_SEND_ONCE, { needs: 'receive', moves: false, arrives: DISP.MOVE_SEND_ONCE }],
]);

/** Whether `disp` names a way to send a right. */
export function isDisposition(disp: number): boolean {
  return DISPOSITIONS.has(disp);
}

/** The kind that arrives when a right is sent with `disp`. */
export function arrivalKind(disp: number): number {
  return dispositionOf(disp).arrives;
}

/** NULL and DEAD in a place for a right travel as what they are; null for any other name. */
export function withoutRight({ disp, name }: RightSpec): NoRight | null {
  if (name === NULL_NAME) return { kind: 'null', disp: disp === 0 ? 0 : arrivalKind(disp) };
  return name === DEAD_NAME ? { kind: 'dead', disp: arrivalKind(disp) } : null;
}

/** Whether the holder of `entry` may send it with `disp`. A dead name passes for anything that needs no receive right. */
export function permits(entry: Entry, disp: number): boolean {
  const { needs } = dispositionOf(disp);
  if (entry.kind === 'dead') return needs !== 'receive';
  if (entry.kind === 'once') return needs === 'once';
  return needs === 'receive' ? entry.receive : needs === 'send' && entry.sends > 0;
}

/** Takes a right out of a space. `permits` must have said yes; nothing can fail here. `tag` marks a send-once made here. */
export function copyin(state: State, entry: Entry, disp: number, tag: number): Right {
  const { needs, moves, arrives } = dispositionOf(disp);
  if (entry.kind === 'dead') {
    if (moves) dropDeadReference(entry);
    return { kind: 'dead', disp: arrives };
  }
  if (entry.kind === 'once') return takeOnce(state, entry);
  if (disp === DISP.MAKE_SEND_ONCE) return { kind: 'once', once: makeOnce(entry.port, tag) };
  if (needs === 'send' && moves) return takeSend(state, entry);
  if (disp === DISP.MAKE_SEND) entry.port.mscount = (entry.port.mscount + 1) >>> 0;
  entry.port.srights += 1;
  return { kind: 'send', port: entry.port };
}

/** Moves one user reference out; the last one takes the entry's own send right along. */
export function takeSend(state: State, entry: PortEntry): Right {
  entry.sends -= 1;
  if (entry.sends > 0) entry.port.srights += 1;
  else if (!entry.receive) portDeleted(state, unlink(entry), entry.name);
  return { kind: 'send', port: entry.port };
}

export function takeOnce(state: State, entry: OnceEntry): Right {
  portDeleted(state, unlink(entry), entry.name);
  return { kind: 'once', once: entry.once };
}

export function dropDeadReference(entry: DeadEntry): void {
  entry.urefs -= 1;
  if (entry.urefs === 0) unlink(entry);
}

function dispositionOf(disp: number): Disposition {
  const row = DISPOSITIONS.get(disp);
  if (row === undefined) throw new RangeError(`not a disposition: ${disp}`);
  return row;
}

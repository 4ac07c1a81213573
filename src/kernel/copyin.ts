import { takeBack } from './hand-back.ts';
import { makeOnce } from './port.ts';
import type { Entry, NoRight, Port, PortEntry, Right, Space } from './records.ts';
import type { State } from './state.ts';
import { dropDeadReference, takeOnce, takeReceive, takeSend } from './take.ts';
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

/** mach.md §4. */
const DISPOSITIONS = new Map<number, Disposition>([
  [DISP.MOVE_RECEIVE, { needs: 'receive', moves: true, arrives: DISP.MOVE_RECEIVE }],
  [DISP.MOVE_SEND, { needs: 'send', moves: true, arrives: DISP.MOVE_SEND }],
  [DISP.COPY_SEND, { needs: 'send', moves: false, arrives: DISP.MOVE_SEND }],
  [DISP.MAKE_SEND, { needs: 'receive', moves: false, arrives: DISP.MOVE_SEND }],
  [DISP.MOVE_SEND_ONCE, { needs: 'once', moves: true, arrives: DISP.MOVE_SEND_ONCE }],
  [DISP.MAKE_SEND_ONCE, { needs: 'receive', moves: false, arrives: DISP.MOVE_SEND_ONCE }],
]);

/** How a copyin goes: what a send-once right made by it is marked with, whose pending call that is, and whom not to tell. */
export type Copyin = { tag: number; caller: Space | null; unwanted: Port | null };

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
  if (name !== NULL_NAME && name !== DEAD_NAME) return null;
  return { kind: 'none', disp: disp === 0 ? 0 : arrivalKind(disp), name };
}

/** Whether the holder of `entry` may send it with `disp`. A dead name passes for anything that needs no receive right. */
export function permits(entry: Entry, disp: number): boolean {
  const { needs } = dispositionOf(disp);
  if (entry.kind === 'set') return false;
  if (entry.kind === 'dead') return needs !== 'receive';
  if (entry.kind === 'once') return needs === 'once';
  return needs === 'receive' ? entry.receive : needs === 'send' && entry.sends > 0;
}

/** Takes a right out of a space. `permits` must have said yes; nothing can fail here. */
export function copyin(state: State, entry: Entry, disp: number, { tag, caller, unwanted }: Copyin): Right {
  const { needs, moves, arrives } = dispositionOf(disp);
  if (entry.kind === 'set') throw new TypeError('a port set does not travel');
  if (entry.kind === 'dead') {
    if (moves) dropDeadReference(entry);
    return { kind: 'none', disp: arrives, name: DEAD_NAME };
  }
  if (entry.kind === 'once') return takeOnce(state, entry, unwanted);
  if (moves) return needs === 'receive' ? moveReceive(state, entry) : takeSend(state, entry, unwanted);
  if (disp === DISP.MAKE_SEND_ONCE)
    return {
      kind: 'once',
      once: makeOnce(entry.port, entry.space, tag, caller === null ? 'requests' : 'pendingCalls'),
    };
  if (disp === DISP.MAKE_SEND) entry.port.mscount = (entry.port.mscount + 1) >>> 0;
  entry.port.srights += 1;
  return { kind: 'send', port: entry.port };
}

/** A server that sends its port away has said what it took of it: the rest goes along, at the head of the queue. */
function moveReceive(state: State, entry: PortEntry): Right {
  const right = takeReceive(state, entry);
  takeBack(state, entry.space, entry.port, 'untouched');
  return right;
}

function dispositionOf(disp: number): Disposition {
  const row = DISPOSITIONS.get(disp);
  if (row === undefined) throw new RangeError(`not a disposition: ${disp}`);
  return row;
}

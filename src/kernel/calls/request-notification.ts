import type { ErrorCode } from '../../errors.ts';
import { copyout, fits } from '../copyout.ts';
import { findReceive } from '../lookup.ts';
import { notify } from '../notify.ts';
import type { DeadEntry, OnceEntry, PortEntry, Right, SendOnce, Space } from '../records.ts';
import { release } from '../right.ts';
import { arm, disarm } from '../send-possible.ts';
import type { State } from '../state.ts';
import { DEAD_NAME, DISP, NOTIFY, NULL_NAME } from '../types.ts';
import type { Name, Result, RightSpec } from '../types.ts';
import { takeRight } from './transfer.ts';

type Request = { name: Name; variant: number; sync: number; notify: RightSpec; tag: number };

/** Where a request is registered: what is there now, and how to replace it. `once` null cancels. */
type Slot = { previous: SendOnce | null; put: (once: SendOnce | null) => void };
type Refusal = { code: ErrorCode };

/** What can be asked for (mach.md §10), and where it is registered: send-possible implies dead-name and has its slot. */
const SLOTS = new Map<number, (state: State, space: Space, request: Request) => Slot | Refusal>([
  [NOTIFY.PORT_DESTROYED, portDestroyedSlot],
  [NOTIFY.NO_SENDERS, noSendersSlot],
  [NOTIFY.DEAD_NAME, deadNameSlot],
  [NOTIFY.SEND_POSSIBLE, deadNameSlot],
]);

const NOTHING: Right = { kind: 'none', disp: DISP.MOVE_SEND_ONCE, name: NULL_NAME };

/** An atomic swap that answers the previous right. A refused request destroys the send-once right it was given. */
export function requestNotification(state: State, space: Space, request: Request, caller: Space): Result {
  const taken = takeNotify(state, caller, request);
  if ('code' in taken) return taken;
  const { right } = taken;
  const slot = isDeadName(right) ? refuse('KERN_INVALID_CAPABILITY') : findSlot(state, space, request);
  if ('code' in slot) {
    release(state, right, 'in hand');
    return slot;
  }
  const previous: Right = slot.previous === null ? NOTHING : { kind: 'once', once: slot.previous };
  if (!fits(state, caller, previous)) {
    release(state, right, 'in hand');
    return refuse('KERN_NO_SPACE');
  }
  slot.put(right.kind === 'once' ? right.once : null);
  return { code: 0, ...copyout(state, caller, previous) };
}

function isDeadName(right: Right): boolean {
  return right.kind === 'none' && right.name === DEAD_NAME;
}

function takeNotify(state: State, caller: Space, { notify: spec, tag }: Request): ReturnType<typeof takeRight> {
  if (spec.name === NULL_NAME) return { right: NOTHING };
  if (spec.disp !== DISP.MAKE_SEND_ONCE && spec.disp !== DISP.MOVE_SEND_ONCE) return refuse('KERN_INVALID_VALUE');
  return takeRight(state, caller, spec, tag);
}

function findSlot(state: State, space: Space, request: Request): Slot | Refusal {
  const find = SLOTS.get(request.variant);
  return find === undefined ? refuse('KERN_INVALID_VALUE') : find(state, space, request);
}

function portDestroyedSlot(_state: State, space: Space, { name, sync }: Request): Slot | Refusal {
  if (sync !== 0) return refuse('KERN_INVALID_VALUE');
  const found = findReceive(space, name);
  if ('code' in found) return found;
  const { port } = found.entry;
  return { previous: port.backup, put: (once) => (port.backup = once) };
}

/** Fires at once if the last sender is gone and the caller has not been told of a later one: `sync` is its count of them. */
function noSendersSlot(state: State, space: Space, { name, sync }: Request): Slot | Refusal {
  const found = findReceive(space, name);
  if ('code' in found) return found;
  const { port } = found.entry;
  return {
    previous: port.noSenders,
    put: (once) => {
      const now = once !== null && port.srights === 0 && sync <= port.mscount;
      port.noSenders = now ? null : once;
      if (now) notify(state, once, { id: NOTIFY.NO_SENDERS, mscount: port.mscount });
    },
  };
}

function deadNameSlot(state: State, space: Space, request: Request): Slot | Refusal {
  const entry = space.entries.get(request.name);
  if (entry === undefined) return refuse('KERN_INVALID_NAME');
  if (entry.kind === 'set') return refuse('KERN_INVALID_RIGHT');
  if (entry.kind === 'dead') return lateSlot(state, entry, request);
  return { previous: entry.request?.notify ?? null, put: (once) => watch(state, entry, request, once) };
}

/** A request that replaces another keeps its turn. Armed send-possible fires at once if there is nothing to wait for. */
function watch(state: State, entry: PortEntry | OnceEntry, { variant, sync }: Request, once: SendOnce | null): void {
  const since = entry.request?.since ?? state.nextRequest++;
  const sendPossible = variant === NOTIFY.SEND_POSSIBLE;
  const now = once !== null && sendPossible && sync !== 0 && state.rules.isPossible(entry);
  if (entry.kind === 'port') disarm(entry);
  entry.request = once === null || now ? null : { notify: once, since, sendPossible };
  if (now) notify(state, once, { id: NOTIFY.SEND_POSSIBLE, name: entry.name });
  else if (entry.kind === 'port' && entry.request !== null && sendPossible && sync !== 0) arm(entry);
}

/** The name is dead already: the notification goes out at once, with the reference that belongs to it. */
function lateSlot(state: State, entry: DeadEntry, { name, sync, notify: spec }: Request): Slot | Refusal {
  if (sync === 0 || spec.name === NULL_NAME) return refuse('KERN_INVALID_ARGUMENT');
  if (entry.urefs >= state.rules.maxDeadUrefs) return refuse('KERN_UREFS_OVERFLOW');
  return {
    previous: null,
    put: (once) => {
      entry.urefs += 1;
      if (once !== null) notify(state, once, { id: NOTIFY.DEAD_NAME, name });
    },
  };
}

function refuse(code: ErrorCode): Refusal {
  return { code };
}

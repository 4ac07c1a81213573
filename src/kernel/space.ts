import { Fifo } from './fifo.ts';
import type { DeadEntry, Entry, Message, OnceEntry, Port, PortEntry, SendOnce, Space, Waiter } from './records.ts';
import type { State } from './state.ts';
import { DEAD_NAME, NULL_NAME } from './types.ts';
import type { Name, TaskId } from './types.ts';

/** The kernel picks names below, tasks that pick their own do so from here up. */
const FIRST_TASK_PICKED_NAME = 0x4000_0000;

export function makeSpace(id: TaskId, taskPort: Port): Space {
  return {
    id,
    taskPort,
    entries: new Map(),
    nextName: 1,
    ports: 0,
    queuedBytes: 0,
    isTrusted: false,
    replyBytes: 0,
    pendingCalls: 0,
    requests: 0,
    ahead: 0,
    heldBack: new Set(),
    sends: new Map(),
    receives: new Map(),
    dead: false,
  };
}

/** Whether a number can be a name at all: 32 bits, neither NULL nor DEAD. */
export function isValidName(name: Name): boolean {
  return Number.isInteger(name) && name > NULL_NAME && name < DEAD_NAME;
}

export function hasRoom(state: State, space: Space): boolean {
  return space.entries.size < state.limits.namesPerTask;
}

/** Counts up and starts over at the end, so a name just freed is not soon used again: a stale use stays an error. */
export function freshName(space: Space): Name {
  do {
    if (space.nextName >= FIRST_TASK_PICKED_NAME) space.nextName = 1;
    space.nextName += 1;
  } while (space.entries.has(space.nextName - 1));
  return space.nextName - 1;
}

export function addPortEntry(
  space: Space,
  name: Name,
  port: Port,
  part: { sends: number; receive: boolean },
): PortEntry {
  const entry: PortEntry = { kind: 'port', space, name, port, ...part, request: null };
  space.entries.set(name, entry);
  port.holders.set(space, entry);
  return entry;
}

export function addOnceEntry(space: Space, name: Name, once: SendOnce): OnceEntry {
  const entry: OnceEntry = { kind: 'once', space, name, once, request: null };
  space.entries.set(name, entry);
  once.entry = entry;
  return entry;
}

export function addPortSet(space: Space, name: Name): void {
  const rest = { members: new Set<Port>(), arrivals: new Fifo<Message>(), waiting: new Fifo<Waiter>(), serving: false };
  space.entries.set(name, { kind: 'set', space, name, ...rest });
}

export function addDeadEntry(space: Space, name: Name, urefs: number): DeadEntry {
  const entry: DeadEntry = { kind: 'dead', space, name, urefs };
  space.entries.set(name, entry);
  return entry;
}

/** Takes the name out of the space. The caller owns what it denoted, and the dead-name request that is returned. */
export function unlink(entry: Entry): SendOnce | null {
  entry.space.entries.delete(entry.name);
  if (entry.kind === 'dead' || entry.kind === 'set') return null;
  if (entry.kind === 'port') {
    entry.port.holders.delete(entry.space);
    entry.port.armed?.delete(entry);
  } else {
    entry.once.entry = null;
  }
  return entry.request?.notify ?? null;
}

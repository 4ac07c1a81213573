import { typeOf } from './entry.ts';
import type { Entry, Port, Space } from './records.ts';
import { msgcount } from './rules.ts';
import type { State } from './state.ts';
import { NULL_NAME } from './types.ts';
import type { Name, PortId, TaskId } from './types.ts';

/** The state of the kernel in plain values, for `ps`, `ports` and tests. */
export type Snapshot = { tasks: TaskSnapshot[]; ports: PortSnapshot[] };

export type TaskSnapshot = {
  task: TaskId;
  taskPort: PortId;
  /** What it is charged for, as its limits count it. */
  queuedBytes: number;
  replyBytes: number;
  pendingCalls: number;
  requests: number;
  /** Its sends that wait for room, its receives that wait for a message. */
  blocked: number;
  waiting: number;
  names: NameSnapshot[];
};

export type NameSnapshot = {
  name: Name;
  /** Bits as `port_type` answers them. */
  type: number;
  /** User references of the send right or of the dead name; 1 for a send-once right or a set. */
  urefs: number;
  /** null for a dead name and for a port set. */
  port: PortId | null;
  /** The tag of a send-once right. */
  tag: number;
};

export type PortSnapshot = {
  port: PortId;
  /** The task that receives from it; for a task port, the task it stands for; 0 while the receive right is in a message. */
  owner: TaskId;
  kind: 'task port' | 'port';
  /** Tasks that hold a name for a send right. */
  senders: TaskId[];
  srights: number;
  sorights: number;
  mscount: number;
  seqno: number;
  qlimit: number;
  msgcount: number;
  /** Part of msgcount: pushed to the serving task and not yet taken. */
  delivered: number;
  serving: boolean;
  /** Sends that wait for room, receives that wait for a message. */
  blocked: number;
  waiting: number;
  noSenders: boolean;
  /** It goes to a backup instead of dying. */
  backup: boolean;
  /** The owner's name for the set it is in; NULL if it is in none. */
  set: Name;
  /** The payload of the message that has waited longest; null for a notification, undefined if none waits. */
  oldest: unknown;
};

export function inspect(state: State): Snapshot {
  const ports = new Set<Port>();
  const tasks = [...state.spaces.values()].map((space) => inspectSpace(space, ports));
  // A port in a message that waits at one of these is found with it, and looked through in its turn.
  for (const port of ports) addCarried(port, ports);
  return { tasks, ports: [...ports].flatMap((port) => inspectPort(port)) };
}

function inspectSpace(space: Space, ports: Set<Port>): TaskSnapshot {
  ports.add(space.taskPort);
  for (const entry of space.entries.values()) {
    if (entry.kind === 'port') ports.add(entry.port);
    else if (entry.kind === 'once') ports.add(entry.once.port);
  }
  return {
    task: space.id,
    taskPort: space.taskPort.id,
    queuedBytes: space.queuedBytes,
    replyBytes: space.replyBytes,
    pendingCalls: space.pendingCalls,
    requests: space.requests,
    blocked: space.sends.size,
    waiting: space.receives.size,
    names: [...space.entries.values()].map(inspectEntry),
  };
}

function addCarried(port: Port, ports: Set<Port>): void {
  const messages = [...port.queue, ...[...port.blocked].map(({ message }) => message)];
  for (const { rights } of messages) for (const right of rights) if (right.kind === 'receive') ports.add(right.port);
}

function inspectEntry(entry: Entry): NameSnapshot {
  const { name } = entry;
  const type = typeOf(entry);
  if (entry.kind === 'dead') return { name, type, urefs: entry.urefs, port: null, tag: 0 };
  if (entry.kind === 'set') return { name, type, urefs: 1, port: null, tag: 0 };
  if (entry.kind === 'once') return { name, type, urefs: 1, port: entry.once.port.id, tag: entry.once.tag };
  return { name, type, urefs: entry.sends, port: entry.port.id, tag: 0 };
}

function inspectPort(port: Port): PortSnapshot[] {
  const { owner } = port;
  if (owner.kind === 'dead') return [];
  return [
    {
      port: port.id,
      owner: owner.kind === 'kernel' ? owner.space.id : owner.kind === 'task' ? owner.entry.space.id : 0,
      kind: owner.kind === 'kernel' ? 'task port' : 'port',
      senders: [...port.holders.values()].filter(({ sends }) => sends > 0).map(({ space }) => space.id),
      srights: port.srights,
      sorights: port.onces.size,
      mscount: port.mscount,
      seqno: port.seqno,
      qlimit: port.qlimit,
      msgcount: msgcount(port),
      delivered: port.delivered.size,
      serving: port.serving,
      blocked: port.blocked.size,
      waiting: port.waiting.size,
      noSenders: port.noSenders !== null,
      backup: port.backup !== null,
      set: port.set?.name ?? NULL_NAME,
      oldest: first(port.delivered)?.payload ?? first(port.queue)?.payload,
    },
  ];
}

function first<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item;
  return undefined;
}

import type { Fifo, Place } from './fifo.ts';
import type { IncomingMessage, Name, Notification, PortId, TaskId } from './types.ts';

/** One task's name space. */
export type Space = {
  readonly id: TaskId;
  readonly taskPort: Port;
  readonly entries: Map<Name, Entry>;
  nextName: Name;
  /** Receive rights held (limits.portsPerTask). */
  ports: number;
  /** Bytes of this task's messages in queues and blocked sends (limits.queuedBytesPerTask). */
  queuedBytes: number;
  readonly sends: Map<number, Place<BlockedSend>>;
  readonly receives: Map<number, Place<Waiter>>;
  dead: boolean;
};

/** What a name denotes (mach.md §1). */
export type Entry = PortEntry | OnceEntry | DeadEntry;

/** All send rights and the receive right that one task has for one port, under one name. */
export type PortEntry = {
  readonly kind: 'port';
  readonly space: Space;
  name: Name;
  readonly port: Port;
  /** User references of the send part; 0 means that there is no send right. */
  sends: number;
  receive: boolean;
  request: DeadNameRequest | null;
};

export type OnceEntry = {
  readonly kind: 'once';
  readonly space: Space;
  name: Name;
  readonly once: SendOnce;
  request: DeadNameRequest | null;
};

/** A pending dead-name request; `since` orders the notifications of one port. */
export type DeadNameRequest = { readonly notify: SendOnce; readonly since: number };

export type DeadEntry = { readonly kind: 'dead'; readonly space: Space; name: Name; urefs: number };

/** Who has the receive right. A right in transit will be one more kind. */
export type Owner =
  | { kind: 'task'; entry: PortEntry }
  /** A task port: the kernel itself receives from it. */
  | { kind: 'kernel'; space: Space }
  | { kind: 'dead' };

/** A message queue and its counters (mach.md §2). `msgcount` and `sorights` are sizes of what is kept here. */
export type Port = {
  readonly id: PortId;
  owner: Owner;
  /** Entries that have a send right, plus send rights in messages, destinations included. Never user references. */
  srights: number;
  mscount: number;
  /** Of the next message to be taken. */
  seqno: number;
  qlimit: number;
  readonly queue: Fifo<Message>;
  /** Pushed to the serving task and not yet reported as taken: they still count as queued. */
  readonly delivered: Fifo<Message>;
  serving: boolean;
  /** The task was asked to stop taking: until it answers with `drained` it is pushed nothing more. */
  draining: boolean;
  /** Not empty only while the queue is full, so no newcomer can overtake. */
  readonly blocked: Fifo<BlockedSend>;
  readonly waiting: Fifo<Waiter>;
  /** Each space's one name for this port: where another right for it coalesces. */
  readonly holders: Map<Space, PortEntry>;
  /** Every live send-once right for this port, wherever it is. */
  readonly onces: Fifo<SendOnce>;
  /** The same by tag, tag 0 left out; of two with one tag the younger is found. Made when the first tag is: most ports have none. */
  tagged: Map<number, SendOnce> | null;
  noSenders: SendOnce | null;
};

/** One send-once right. It ends in exactly one message: the reply, or a send-once notification. */
export type SendOnce = {
  readonly port: Port;
  readonly tag: number;
  /** Where it stands in `port.onces`. */
  place: Place<SendOnce> | null;
  /** The name it is held under; null while it is in a message or registered for a notification. */
  entry: OnceEntry | null;
  /** How many messages brought it to a task. 0: nobody but its maker has ever seen it. */
  deliveries: number;
  /** Its maker asked for an abort; whoever gets it from now on is told. */
  aborted: boolean;
};

/** A right on its way between two spaces. `disp` of NULL and DEAD is the kind the receiver is told. */
export type Right = Destination | NoRight;
export type NoRight =
  | { readonly kind: 'null'; readonly disp: number }
  | { readonly kind: 'dead'; readonly disp: number };
export type Destination =
  | { readonly kind: 'send'; readonly port: Port }
  | { readonly kind: 'once'; readonly once: SendOnce };

export type Message = {
  readonly dest: Destination;
  reply: Right;
  rights: readonly Right[];
  readonly bytes: number;
  readonly payload: unknown;
  readonly notification: Notification | null;
  /** Whose `queuedBytes` it is counted in. */
  charged: Space | null;
  /** As its receiver got it, while it is delivered and not yet taken. */
  given: IncomingMessage | null;
};

export type BlockedSend = { readonly space: Space; readonly sendId: number; readonly message: Message };

export type Waiter = {
  readonly space: Space;
  readonly receiveId: number;
  readonly port: Port;
  readonly maxBytes: number;
  readonly large: boolean;
};

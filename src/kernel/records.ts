import type { Fifo, Place } from './fifo.ts';
import type { IncomingMessage, Name, Notification, PortId, TaskId } from './types.ts';

/** One task's name space. */
export type Space = {
  readonly id: TaskId;
  readonly taskPort: Port;
  readonly entries: Map<Name, Entry>;
  nextName: Name;
  /** Receive rights held, or sent and not received by anybody yet (limits.portsPerTask). */
  ports: number;
  /** Bytes of this task's messages in queues and blocked sends (limits.queuedBytesPerTask). */
  queuedBytes: number;
  /** The host's own: it sees to it itself how much it has queued. */
  isTrusted: boolean;
  /** Bytes of messages in queues that were sent to send-once rights of this task's making (limits.replyBytesPerTask). */
  replyBytes: number;
  /** Send-once rights made by its sends and not used up yet (limits.pendingCalls). */
  pendingCalls: number;
  /** Those made by its other calls (limits.requestsPerTask). */
  requests: number;
  /** Bytes given to the host for this task since that had last caught up (limits.linkBytes). */
  ahead: number;
  /** Ports that have messages for it, and wait for the host to catch up. */
  readonly heldBack: Set<Port>;
  readonly sends: Map<number, Place<BlockedSend>>;
  readonly receives: Map<number, Place<Waiter>>;
  dead: boolean;
};

/** What a name denotes (mach.md §1). */
export type Entry = PortEntry | OnceEntry | PortSet | DeadEntry;

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

/** Receive rights of one task that are received from as one (mach.md §13). It is local to the space, so it is its own entry. */
export type PortSet = {
  readonly kind: 'set';
  readonly space: Space;
  name: Name;
  readonly members: Set<Port>;
  /** Queued messages of all members, by arrival. */
  readonly arrivals: Fifo<Message>;
  readonly waiting: Fifo<Waiter>;
  serving: boolean;
};

export type DeadEntry = { readonly kind: 'dead'; readonly space: Space; name: Name; urefs: number };

/** A pending dead-name request, which may ask for send-possible too; `since` orders the notifications of one port. */
export type DeadNameRequest = { readonly notify: SendOnce; readonly since: number; readonly sendPossible: boolean };

/** Who has the receive right. */
export type Owner =
  | { kind: 'task'; entry: PortEntry }
  /** A message that is queued, or waits to be, at the port `to`. Null: in hand, or in a message that would close a cycle. */
  | { kind: 'transit'; to: Port | null }
  /** A task port: the kernel itself receives from it. */
  | { kind: 'kernel'; space: Space }
  | { kind: 'dead' };

/** A message queue and its counters (mach.md §2). `msgcount` and `sorights` are sizes of what is kept here. */
export type Port = {
  readonly id: PortId;
  owner: Owner;
  /** Whose `ports` it is counted in: the last task that had the receive right. Null: a task port. */
  charged: Space | null;
  /** Entries that have a send right, plus send rights in messages, destinations included. Never user references. */
  srights: number;
  mscount: number;
  /** Of the next message to be taken. */
  seqno: number;
  qlimit: number;
  readonly queue: Fifo<Message>;
  /** Pushed to the serving task and not yet reported as taken: they still count as queued. */
  readonly delivered: Fifo<Message>;
  /** Pushed by itself; a member of a set is pushed if its set is served. */
  serving: boolean;
  /** The task was asked to stop taking: until it answers with `drained` it is pushed nothing more. */
  draining: boolean;
  /** Not empty only while the queue is full, so no newcomer can overtake. */
  readonly blocked: Fifo<BlockedSend>;
  readonly waiting: Fifo<Waiter>;
  set: PortSet | null;
  /** Each space's one name for this port: where another right for it coalesces. */
  readonly holders: Map<Space, PortEntry>;
  /** Every live send-once right for this port, wherever it is. */
  readonly onces: Fifo<SendOnce>;
  /** The same by tag, tag 0 left out; of two with one tag the younger is found. Made when the first tag is: most ports have none. */
  tagged: Map<number, SendOnce> | null;
  /** Entries whose send-possible request fires at the next dequeue, in the order they were armed. Made with the first. */
  armed: Set<PortEntry> | null;
  noSenders: SendOnce | null;
  /** Where the receive right goes instead of dying. */
  backup: SendOnce | null;
  /** The host is told when it dies. */
  isWatched: boolean;
};

/** One send-once right. It ends in exactly one message: the reply, or a send-once notification. */
export type SendOnce = {
  readonly port: Port;
  readonly tag: number;
  /** Where it stands in `port.onces`. */
  place: Place<SendOnce> | null;
  /** The name it is held under; null while it is in a message or registered for a notification. */
  entry: OnceEntry | null;
  /** Who made it: who can send to it is who it was given to, and what is sent is charged to its maker. */
  readonly maker: Space;
  /** What of its maker's it is counted in; null: it has arrived. */
  counted: 'pendingCalls' | 'requests' | null;
  /** How many messages brought it to a task. 0: nobody but its maker has ever seen it. */
  deliveries: number;
  /** Its maker asked for an abort; whoever gets it from now on is told. */
  aborted: boolean;
};

/** A right on its way between two spaces, or what travels in its place. */
export type Right = Destination | { readonly kind: 'receive'; readonly port: Port } | NoRight;
/** NULL, DEAD, or out-of-line memory: the receiver is told these two as they are. */
export type NoRight = { readonly kind: 'none'; readonly disp: number; readonly name: Name };
export type Destination =
  | { readonly kind: 'send'; readonly port: Port }
  | { readonly kind: 'once'; readonly once: SendOnce };
export type LiveRight = Exclude<Right, NoRight>;

export type Message = {
  readonly dest: Destination;
  reply: Right;
  rights: readonly Right[];
  readonly bytes: number;
  /** What of them its receiver may limit. */
  readonly size: number;
  readonly payload: unknown;
  readonly tellTaken: boolean;
  readonly notification: Notification | null;
  /** What it costs while it is kept. */
  readonly charge: number;
  /** Who is charged for it, and on which account. */
  charged: Space | null;
  readonly account: 'queuedBytes' | 'replyBytes';
  /** Where it stands among the arrivals of its port's set. */
  arrival: Place<Message> | null;
  /** It carries a receive right that its destination is queued behind: never queued, but destroyed (mach.md §12). */
  readonly circular: boolean;
  /** As its receiver got it, while it is delivered and not yet taken. */
  given: IncomingMessage | null;
};

export type BlockedSend = { readonly space: Space; readonly sendId: number; readonly message: Message };

export type Waiter = {
  readonly space: Space;
  readonly receiveId: number;
  /** The port or the set it waits on. */
  readonly on: { readonly waiting: Fifo<Waiter> };
  readonly maxBytes: number;
  readonly large: boolean;
  readonly notify: Name;
};

import type { Code, Handled } from '../errors.ts';

export type TaskId = number;
export type PortId = number;
/** A task's 32-bit number for a right. 0 is NULL, 0xffffffff is DEAD; neither is ever an entry (mach.md §1). */
export type Name = number;

export const NULL_NAME = 0;
export const DEAD_NAME = 0xffffffff;

/** How many messages may wait in a new port, and in any (mach.md §2, with the range of §17's X). */
export const DEFAULT_QLIMIT = 5;
export const MAX_QLIMIT = 1024;

/** Right numbers (mach.md §17). */
export const RIGHT = { SEND: 0, RECEIVE: 1, SEND_ONCE: 2, PORT_SET: 3, DEAD_NAME: 4 } as const;

/** Bits of `port_type`: 1 << (right + 16), and a pending dead-name request. */
export const TYPE = {
  SEND: 1 << 16,
  RECEIVE: 1 << 17,
  SEND_ONCE: 1 << 18,
  PORT_SET: 1 << 19,
  DEAD_NAME: 1 << 20,
  DNREQUEST: 0x80000000,
} as const;

/**
 * Dispositions (mach.md §4). A right arrives as one of the three MOVE kinds. MEMORY, in a body only, is out-of-line memory instead of
 * a right: the name is its length, its bytes are the payload's affair, and it arrives as it was sent.
 */
export const DISP = {
  MEMORY: 9,
  MOVE_RECEIVE: 16,
  MOVE_SEND: 17,
  MOVE_SEND_ONCE: 18,
  COPY_SEND: 19,
  MAKE_SEND: 20,
  MAKE_SEND_ONCE: 21,
} as const;

/** The length of out-of-line memory that is not there: `MACH_SEND_INVALID_MEMORY`. */
export const NO_MEMORY = 0xffffffff;

/** Notification ids (mach.md §10). */
export const NOTIFY = {
  PORT_DELETED: 65,
  SEND_POSSIBLE: 66,
  PORT_DESTROYED: 69,
  NO_SENDERS: 70,
  SEND_ONCE: 71,
  DEAD_NAME: 72,
} as const;

/** A right as the sender spells it: its name for the right and what to do with it. `disp` may be any number, bad ones too. */
export type RightSpec = { disp: number; name: Name };

/**
 * What a sender hands to the kernel. `payload` is opaque: header fields and body bytes that only the two ends decode.
 * `tag` is stamped on a reply right made by this send (MAKE_SEND_ONCE) and comes back with whatever arrives on it, so one
 * reply port serves any number of calls and a server cannot answer a call that it was not asked.
 */
export type OutgoingMessage = {
  dest: RightSpec;
  /** `{ disp: 0, name: 0 }`: no reply port. */
  reply: RightSpec;
  rights: readonly RightSpec[];
  tag: number;
  /** Its size, out-of-line memory included. */
  bytes: number;
  /** What of that the receiver may limit, if it is not all (mach.md §6: memory is not). */
  size?: number;
  /** What it costs while it is kept, where that is not its size: charged to the sender, or to the maker of the send-once right it is for. */
  charge?: number;
  payload: unknown;
  /** Whether to say when it was delivered and taken: the kernel has no use for its payload then, and gives it to nobody else. */
  tellTaken?: boolean;
};

/** A right as the receiver finds it: one of its own names (or NULL, or DEAD) and the kind that arrived. */
export type ArrivedRight = { disp: number; name: Name };

/** A message as the receiver gets it: header swapped (mach.md §6), rights copied out (§5). */
export type IncomingMessage = {
  /** The receiver's name for the port it arrived on; `disp` 17 or 18 tells what it was sent to. */
  local: ArrivedRight;
  /** The reply right, now the receiver's. `{ disp: 0, name: 0 }` if none came. */
  remote: ArrivedRight;
  rights: readonly ArrivedRight[];
  /** The tag of the send-once right it was sent to; 0 otherwise. */
  tag: number;
  seqno: number;
  bytes: number;
  /** What the sender gave; null for a notification. */
  payload: unknown;
  notification: Notification | null;
  /** A caller asked for an abort of the call that a reply right in this message belongs to, before it was given to this task. */
  aborted: boolean;
  /**
   * The message was refused and is destroyed (`MACH_RCV_TOO_LARGE`, `…_INVALID_NOTIFY`, `…_HEADER_ERROR`): `remote` is NULL unless it
   * was DEAD, and of `payload` and `notification` the receiver may learn what is no part of the body.
   */
  headerOnly: boolean;
};

export type Notification =
  | { id: typeof NOTIFY.PORT_DELETED; name: Name }
  | { id: typeof NOTIFY.SEND_POSSIBLE; name: Name }
  /** The receive right of the port that did not die is `rights[0]` of the message. */
  | { id: typeof NOTIFY.PORT_DESTROYED }
  | { id: typeof NOTIFY.NO_SENDERS; mscount: number }
  /**
   * `handled` is `'no'` if the message that carried the right was never given to anyone. `dropped`: a message of so many bytes came on
   * the right, and its maker had too many that it had not received (limits.replyBytesPerTask).
   */
  | { id: typeof NOTIFY.SEND_ONCE; handled: Handled; dropped?: number }
  | { id: typeof NOTIFY.DEAD_NAME; name: Name };

/** None, where a right could be. */
export const NO_RIGHT: RightSpec = { disp: 0, name: NULL_NAME };

/**
 * Kernel calls. Each is checked in the order mach.md §3 lists, answers a `Result`, and has happened completely or not at
 * all. Numbers may be anything; the kernel trusts only their type. A `port_` call may be made on another task: its names are then
 * that task's, but for the rights that it is given and answers. What that task serves cannot be taken away so: `KERN_FAILURE`.
 */
export type Trap =
  | { op: 'port_allocate'; right: number }
  | { op: 'port_allocate_name'; right: number; name: Name }
  | { op: 'port_rename'; old: Name; name: Name }
  | { op: 'port_type'; name: Name }
  | { op: 'port_names' }
  | { op: 'port_get_refs'; name: Name; right: number }
  | { op: 'port_mod_refs'; name: Name; right: number; delta: number }
  | { op: 'port_deallocate'; name: Name }
  | { op: 'port_destroy'; name: Name }
  /** The caller's `right` becomes `name`. */
  | { op: 'port_insert_right'; name: Name; right: RightSpec }
  /** Answers the caller's name for the right. */
  | { op: 'port_extract_right'; name: Name; disp: number }
  /** Puts a receive right into a set, out of the one it was in. `set` NULL takes it out of any. */
  | { op: 'port_move_member'; member: Name; set: Name }
  | { op: 'port_get_set_status'; name: Name }
  | { op: 'port_get_receive_status'; name: Name }
  | { op: 'port_set_qlimit'; name: Name; qlimit: number }
  | { op: 'port_set_mscount'; name: Name; mscount: number }
  | { op: 'port_set_seqno'; name: Name; seqno: number }
  /** `notify.name` NULL cancels. `tag` is stamped on a send-once right made here, and comes back with the notification. */
  | { op: 'port_request_notification'; name: Name; variant: number; sync: number; notify: RightSpec; tag: number }
  /**
   * `send`: `{ code: 0 }` queued (or destroyed, §7.4); `{ code: 'blocked' }`: the queue is full, the kernel keeps the message
   * under the caller's `sendId` and ends it with a `sent` effect. `poll: true` never blocks: `MACH_SEND_TIMED_OUT` and
   * `returned` holds the pseudo-received message (§7). `notify: true` (SEND_NOTIFY): a full queue arms the send-possible request
   * that the caller has on its name for the destination (§10). `cancel` (SEND_CANCEL; 0: not asked) is a receive right of the caller:
   * if the destination right is moved, the port-deleted that this would send there is not sent (§7).
   */
  | { op: 'send'; sendId: number; message: OutgoingMessage; poll: boolean; notify: boolean; cancel: Name }
  /** Ends a blocked send: `code` is the one given, `returned` the pseudo-received message. `KERN_INVALID_ARGUMENT` if none such. */
  | { op: 'send_cancel'; sendId: number; code: 'MACH_SEND_TIMED_OUT' | 'MACH_SEND_INTERRUPTED' }
  /**
   * Takes one message from a port or a set. `{ code: 'waiting' }`: none there; a `received` effect follows unless cancelled.
   * `maxBytes` and `large` as RCV_LARGE (§8). `MACH_RCV_IN_SET` for a member of a set, and for what is served. `notify` (RCV_NOTIFY;
   * 0: not asked) is a receive right of the caller: a reply right that gets a name of its own has a dead-name request to it from
   * the start. `MACH_RCV_INVALID_NOTIFY`, once there is a message to be lost by it, if it is none.
   */
  | { op: 'receive'; name: Name; receiveId: number; maxBytes: number; large: boolean; poll: boolean; notify: Name }
  | { op: 'receive_cancel'; receiveId: number; code: 'MACH_RCV_TIMED_OUT' | 'MACH_RCV_INTERRUPTED' }
  /**
   * From now on every message of this port, or of every member of this set, is pushed as a `deliver` effect, at most
   * `deliveryWindow` of one port ahead of its `taken`. Receives that wait on it end with `MACH_RCV_PORT_CHANGED`. What was
   * pushed and not taken is the kernel's again when the port leaves: moved, put into or out of a set, or sent to its backup. Say
   * `taken` before such a call, and ignore what still arrives for the port until that call is answered.
   */
  | { op: 'serve'; name: Name }
  /** The task has taken `count` more delivered messages of this port, oldest first. Until then they count as queued. */
  | { op: 'taken'; name: Name; count: number }
  /**
   * The task stopped taking, `taken` of the delivered messages since the last report are its own; the rest go back to the
   * head of the queue in order, their rights with them. Answers `next`: the sequence number the next receiver starts at. A
   * member of a served set leaves it: nothing else would keep the set from pushing.
   */
  | { op: 'drained'; name: Name; taken: number }
  /** Asks whoever holds the reply right with this tag to give up the call: an `aborted` effect, or a mark if still queued. */
  | { op: 'abort'; replyPort: Name; tag: number };

export type Status = {
  seqno: number;
  mscount: number;
  qlimit: number;
  msgcount: number;
  sorights: number;
  srights: boolean;
  pdrequest: boolean;
  nsrequest: boolean;
  /** The set it is in; NULL if none. */
  pset: Name;
};

export type Result = {
  code: Code | 'blocked' | 'waiting';
  /** `port_allocate`, `port_extract_right`, previous right of `port_request_notification`. */
  name?: Name;
  disp?: number;
  /** `port_type`, `port_get_refs`, `drained` (next); `send`: how many items of the body were copied in before the bad one. */
  value?: number;
  /** `port_names`; the members for `port_get_set_status`. */
  names?: readonly Name[];
  types?: readonly number[];
  status?: Status;
  /** `receive`: the message, or the header of one that was refused, with its size in `value`. */
  message?: IncomingMessage;
  /** A send that did not happen: the message as a body-less pseudo-receive gives it back (§7). */
  returned?: ReturnedMessage;
};

/**
 * Not swapped; dispositions are the received kinds, so it can be sent again as it is. A right that the task has no room for any more
 * was destroyed and reads NULL.
 */
export type ReturnedMessage = {
  dest: ArrivedRight;
  reply: ArrivedRight;
  rights: readonly ArrivedRight[];
  payload: unknown;
};

/** What the host has to carry out after a call, in this order. */
export type Effect =
  | { type: 'deliver'; task: TaskId; message: IncomingMessage }
  | { type: 'received'; task: TaskId; receiveId: number; code: Code; message?: IncomingMessage; value?: number }
  | { type: 'sent'; task: TaskId; sendId: number; code: Code; returned?: ReturnedMessage }
  | { type: 'taken'; task: TaskId; payload: unknown }
  | { type: 'aborted'; task: TaskId; reply: Name }
  | { type: 'drain'; task: TaskId; name: Name }
  | PortDied;

/** A port that the host watches has died. */
export type PortDied = { type: 'died'; port: PortId };

/** An effect on one task. */
export type TaskEffect = Exclude<Effect, PortDied>;

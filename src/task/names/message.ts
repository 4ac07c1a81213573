import type { Code } from '../../errors.ts';
import type { Name, Notification, RightSpec } from '../../kernel/types.ts';
import type { Named } from './named.ts';

/** A message to send, or one that came back unsent: that can be sent again as it is. */
export type NamedMessage = {
  /** The destination: 17…21, and a name. */
  remote: RightSpec;
  /** The reply right; left out, or `{ disp: 0, name: 0 }`: none. */
  local?: RightSpec;
  /** Any 32-bit number, the receiver's to read. */
  id?: number;
  /** Any value that a body takes; a right in it is `named(disp, name)`, out-of-line memory `memory(bytes)`. */
  body?: unknown;
  /** False: nothing in the body is a right or out-of-line memory. Otherwise what is one is one. */
  complex?: boolean;
  /** What the sender says the message needs, in bytes as `ReceivedMessage.size` counts them. Left out, it is what it needs. */
  size?: number;
};

/** A message as its receiver finds it: the header swapped (mach.md §6), the rights this task's. */
export type ReceivedMessage = {
  /** The reply right, 17 or 18. `{ disp: 0, name: 0 }`: none came. */
  remote: RightSpec;
  /** This task's name for the port it arrived on; 17 or 18 tells what kind of right it was sent to. */
  local: RightSpec;
  seqno: number;
  id: number;
  body: unknown;
  /** Whether rights or out-of-line memory came in the body. */
  complex: boolean;
  /** Bytes of header, descriptors and body, without out-of-line memory. */
  size: number;
  /** Of the send-once right it arrived on: the number that the kernel gave the send, or the request, that made it. */
  tag: number;
  /** Of a notification (mach.md §10). That of port-destroyed comes with the receive right, as `body`. */
  notification?: Notification & { right?: Named };
};

export type MsgOptions = {
  send?: NamedMessage;
  receive?: {
    /** A receive right that is in no set and not served, or a set. */
    name: Name;
    /** The largest message to take. */
    size?: number;
    /** RCV_LARGE: a larger one stays queued, and its size is answered. Otherwise it is destroyed. */
    large?: boolean;
    /** RCV_NOTIFY: a receive right. A reply right that gets a name of its own has a dead-name request to it from the start. */
    notify?: Name;
  };
  /** Milliseconds until MACH_SEND_TIMED_OUT. 0 polls; left out, the send waits. */
  sendTimeout?: number;
  /** Milliseconds until MACH_RCV_TIMED_OUT. 0 polls; left out, the receive waits. */
  receiveTimeout?: number;
  /** SEND_NOTIFY: if the queue is full, arm the send-possible request on the destination's name. */
  notify?: boolean;
  /** SEND_CANCEL: a receive right that gets no port-deleted should this send use up the destination's name. */
  cancel?: Name;
  /** Ends a wait with MACH_SEND_INTERRUPTED or MACH_RCV_INTERRUPTED. What need not wait is done all the same. */
  signal?: AbortSignal;
};

export type MsgResult = {
  code: Code;
  /** What was received; after TOO_LARGE, INVALID_NOTIFY and HEADER_ERROR only the header, without a reply right (§8). */
  message?: ReceivedMessage;
  /** After MACH_SEND_TIMED_OUT and MACH_SEND_INTERRUPTED: the message with its rights, which this task holds again (§7). */
  returned?: NamedMessage;
  /** After MACH_RCV_TOO_LARGE: what the message needs. */
  size?: number;
};

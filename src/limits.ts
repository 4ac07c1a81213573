/** Every bound of the system. Each has a default and a reason; a broker takes overrides at start. */
export type Limits = {
  /** Bytes of one frame, header included. Room for a 16 MiB payload; larger data belongs in shared memory. */
  frameBytes: number;
  /** Rights carried by one message. A header and a table; more is a protocol error. */
  descriptorsPerMessage: number;
  /** Names in one task's space. Bounds what a leaking task can cost the broker. */
  namesPerTask: number;
  /** Receive rights one task may hold, those included that it has sent and nobody has received yet. */
  portsPerTask: number;
  /** Tasks attached to one broker. */
  tasks: number;
  /** Bytes a task may have queued at other tasks' ports (charged to the sender). Replies and notices are exempt. */
  queuedBytesPerTask: number;
  /** Bytes that wait for a task to read them. Its broker holds them: as much as the task may have others hold for it. */
  unreadBytesPerTask: number;
  /** Messages delivered to a serving task ahead of its `taken`; the rest wait in the kernel's queue. */
  deliveryWindow: number;
  /** Calls of one task that wait for a reply. */
  pendingCalls: number;
  /** Nesting of a message body. Decoders recurse; this keeps them off the end of the stack. */
  bodyDepth: number;
  /** Milliseconds a peer gets to say hello after it connected. */
  handshakeMs: number;
  /** Milliseconds between asking a child to end and killing it. */
  killGraceMs: number;
  /** Tasks that have ended otherwise than in good order, and that a broker can tell of (`easync ps --dead`). */
  deadTasks: number;
};

export const DEFAULT_LIMITS: Readonly<Limits> = {
  frameBytes: 32 * 1024 * 1024,
  descriptorsPerMessage: 1024,
  namesPerTask: 1_000_000,
  portsPerTask: 500_000,
  tasks: 1024,
  queuedBytesPerTask: 256 * 1024 * 1024,
  unreadBytesPerTask: 256 * 1024 * 1024,
  deliveryWindow: 64,
  pendingCalls: 100_000,
  bodyDepth: 256,
  handshakeMs: 10_000,
  killGraceMs: 2_000,
  deadTasks: 100,
};

/** Every bound of the system. Each has a default and a reason; a broker takes overrides at start. */
export type Limits = {
  /** Bytes of one frame, header included. Room for a 16 MiB payload; larger data belongs in shared memory. */
  frameBytes: number;
  /** Rights carried by one message. A header and a table; more is a protocol error. */
  descriptorsPerMessage: number;
  /** Names in one task's space. The end of a task that has them all holds up everybody else for a quarter of a second. */
  namesPerTask: number;
  /** Receive rights one task may hold, those included that it has sent and nobody has received yet. Rights to them all fit one space twice. */
  portsPerTask: number;
  /** Tasks attached to one broker. */
  tasks: number;
  /**
   * Bytes a task may have queued at other tasks' ports, blocked sends included: charged to the sender, with 1 KiB for the records of
   * each message and 256 bytes for each right or piece of memory in it. Replies and notices are exempt.
   */
  queuedBytesPerTask: number;
  /**
   * Bytes of what waits to be received at send-once rights that a task has made: replies, mostly. They are charged to who asked for
   * them; what comes beyond is dropped, and its caller told. Small replies, of 1 KiB at most, always get through.
   */
  replyBytesPerTask: number;
  /** Bytes that wait for a task to read them. Its broker holds them: as much as the task may have others hold for it. */
  unreadBytesPerTask: number;
  /** Bytes of messages handed to a task's link ahead of what it reads; the rest wait in the queues, at their senders' charge. */
  linkBytes: number;
  /** Messages delivered to a serving task ahead of its `taken`; the rest wait in the kernel's queue. */
  deliveryWindow: number;
  /** Bytes of the same, of one port; one message is always delivered. */
  deliveryWindowBytes: number;
  /**
   * Requests that wait for the end of a task's critical sections, at all its ports: `deliveryWindow` bounds those at one. They are
   * charged to their senders; this bounds the copies.
   */
  heldBack: number;
  /** Calls of one task that wait for a reply. Each is a name in its server's space, which ten such tasks would fill. */
  pendingCalls: number;
  /** Send-once rights that a task has made for notifications, or by hand, and that nothing has come on yet that it has received. */
  requestsPerTask: number;
  /** Receives of one task that wait for a message. */
  waitingReceives: number;
  /** Nesting of a message body. Decoders recurse; this keeps them off the end of the stack. */
  bodyDepth: number;
  /** Milliseconds a peer gets to say hello after it connected. */
  handshakeMs: number;
  /** Connections that have no task, not yet or not any more. Each is a descriptor of the broker's, and knocking costs nothing. */
  handshakes: number;
  /** Worker threads that one process has attached over its link. A share of `tasks`, so that one process cannot take them all. */
  routesPerLink: number;
  /** Processes started by one broker that live. Each is a Node process: about 60 MB, and four descriptors. */
  children: number;
  /** Milliseconds of one turn of the event loop that a broker spends on one link's frames while others wait. */
  turnMs: number;
  /** Names in a broker's name service. Each keeps a right of the broker's own task, where one task must not take up all the names. */
  registeredNames: number;
  /** vm calls of one task that wait: for pages, futexes, wakeups. The bytes that they read or write count with `queuedBytesPerTask`, one by one. */
  vmCalls: number;
  /** Milliseconds that a page is waited for (pager.md §1.4); 0: as long as its pager takes. */
  faultTimeoutMs: number;
  /** Milliseconds between asking a child to end and killing it. */
  killGraceMs: number;
  /** Bytes of one page of a memory object, told to every pager: what most host kernels use, so that a page is theirs too. */
  pageBytes: number;
  /** Pages of all memory objects that a broker keeps in memory. 16,384 are 64 MiB; larger objects work, a part at a time. */
  cachePages: number;
  /**
   * Memory objects that are in use. Each is a descriptor of the broker's: where the system permits it few, half of those. One that
   * nobody maps any more, and that its pager lets be kept, goes when there is no room for another.
   */
  objects: number;
  /** Bytes of one memory object. Its memory is a sparse file of that length, and offsets stay far from where numbers get coarse. */
  objectBytes: number;
  /** Bytes that one task may have mapped. Address space costs nothing; it keeps a map from being filled by accident. */
  mappedBytesPerTask: number;
  /** Regions of one task. Each is a record that a fault looks through, and keeps its object alive. */
  regionsPerTask: number;
  /**
   * Futexes of all objects that are used, waited at or kept. Where it gets full, those that nobody uses go back to their pagers. And,
   * apart from them, places of all objects that tasks of this or of other kernels sleep for.
   */
  futexes: number;
  /** Of those, the futexes that count for one task: it had them last, or waits or sleeps there. A quarter, so that one task cannot take them all. */
  futexesPerTask: number;
  /** Idents that one task has open at its broker: ports and words of memory that it sleeps on or wakes others at. */
  idents: number;
  /** Sleepers of one task on such idents; and, apart from them, calls of one task about sleepers that wait for a pager. */
  sleepers: number;
  /** Requests of one client that wait at a lock which its task serves by a port. Each is an owner and a signal of that task's. */
  lockWaiters: number;
  /** Owners of one client that have such a lock or wait for it: each is remembered until it has let go. */
  lockOwners: number;
  /** Tasks that have ended otherwise than in good order, and that a broker can tell of (`easync ps --dead`). */
  deadTasks: number;
};

export const DEFAULT_LIMITS: Readonly<Limits> = {
  frameBytes: 32 * 1024 * 1024,
  descriptorsPerMessage: 1024,
  namesPerTask: 250_000,
  portsPerTask: 125_000,
  tasks: 1024,
  queuedBytesPerTask: 256 * 1024 * 1024,
  replyBytesPerTask: 256 * 1024 * 1024,
  unreadBytesPerTask: 256 * 1024 * 1024,
  linkBytes: 4 * 1024 * 1024,
  deliveryWindow: 64,
  deliveryWindowBytes: 16 * 1024 * 1024,
  heldBack: 10_000,
  pendingCalls: 25_000,
  requestsPerTask: 250_000,
  waitingReceives: 10_000,
  bodyDepth: 256,
  handshakeMs: 10_000,
  handshakes: 64,
  routesPerLink: 128,
  children: 256,
  turnMs: 1,
  registeredNames: 10_000,
  vmCalls: 1000,
  faultTimeoutMs: 0,
  killGraceMs: 2_000,
  pageBytes: 4096,
  cachePages: 16_384,
  objects: 4096,
  objectBytes: 64 * 1024 * 1024 * 1024,
  mappedBytesPerTask: 1024 * 1024 * 1024 * 1024,
  regionsPerTask: 1024,
  futexes: 65_536,
  futexesPerTask: 16_384,
  idents: 65_536,
  sleepers: 65_536,
  lockWaiters: 1000,
  lockOwners: 10_000,
  deadTasks: 100,
};

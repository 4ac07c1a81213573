import type { FieldType } from './field-types.ts';

/** One row of the wire table. `reply` marks a kernel call: `result` answers it with these fields. */
export type MessageSpec = {
  readonly id: number;
  readonly from: 'task' | 'broker' | 'either';
  /** The protocol minor version that brought it. */
  readonly since: number;
  readonly when: string;
  /** What the body holds, in this order. A carried message's body is opaque and has no fields. */
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly reply?: Readonly<Record<string, FieldType>>;
};

/** Bits of `header.flags`. */
export const FLAG = {
  /** `send`: answer with `sent` also when the message was queued. */
  ACK: 1,
  /** `send`: never wait for room in the queue. */
  POLL: 2,
  /** `deliver`, `received`, `result` of `receive`: the caller asked for an abort while the message was queued. */
  ABORTED: 4,
  /** `send`: if the queue is full, arm the send-possible request on the name of the destination. */
  NOTIFY: 8,
  /** `send`: descriptor 0 names a receive right, and what is told of descriptors is true of those after it. */
  CANCEL: 16,
  /** `send` → `deliver`: the body is bytes that no codec touched. */
  RAW: 0x100,
  /** `send` → `deliver`: a reply whose body is an error. */
  FAILED: 0x200,
  /** `send` → `deliver`: the receiving task answers it itself when its turn comes: all that was sent before has been taken. */
  BARRIER: 0x400,
} as const;

/** The flags that the broker hands from `send` to `deliver` as they are: they are between the two ends. */
export const END_TO_END_FLAGS = 0xff00;

/** A received message beside its descriptors (local, remote, rights…) and header: `sequence` is its seqno. */
const INCOMING = {
  value: 'u32',
  tag: 'u64',
  /** A notification's id; 0: an ordinary message. */
  notification: 'u8',
  name: 'u32',
  count: 'u32',
  handled: 'handled',
  body: 'rest',
} as const;

/** Flags of the `vm_futex_` calls (pager.md §2.8). NOQUEUE is `lock`'s alone: EAGAIN instead of a wait. TIMED: `msec` counts. */
export const FUTEX_FLAG = { SHARED: 1, QUAD: 2, TIMED: 4, BROADCAST: 8, MUTATE: 16, NOQUEUE: 32 } as const;

/** Every message that crosses a link. TypeScript types, codecs, the protocol page and the fixtures follow from it. */
export const MESSAGES = {
  hello: {
    id: 1,
    from: 'task',
    since: 0,
    when: 'First on a link: who attaches, and which protocol it speaks.',
    fields: { major: 'u16', minor: 'u16', pid: 'u32', threadId: 'u32', label: 'str' },
  },
  welcome: {
    id: 2,
    from: 'broker',
    since: 0,
    when: 'Answers hello and adopt: the new task and the names it starts with; `module` is what a spawned task shall load.',
    fields: {
      major: 'u16',
      minor: 'u16',
      task: 'u32',
      taskPort: 'u32',
      bootstrap: 'u32',
      host: 'u32',
      module: 'str',
      broker: 'str',
    },
  },
  refuse: {
    id: 3,
    from: 'either',
    since: 0,
    when: 'Last on a link: says why before the connection is dropped.',
    fields: { code: 'code', reason: 'str' },
  },
  detach: { id: 4, from: 'task', since: 0, when: 'The task leaves in good order.', fields: {} },
  goodbye: { id: 5, from: 'broker', since: 0, when: 'The broker stops in good order.', fields: {} },
  send: {
    id: 10,
    from: 'task',
    since: 0,
    when:
      'A message. Descriptor 0 is the destination, 1 the reply right (or none), the rest are the body’s. ' +
      '`callId` names this send and tags a reply right made by it. Flags: ACK, POLL, NOTIFY, CANCEL: one more descriptor comes ' +
      'before these, with disposition 0 and a receive right of the sender; it is not told if the destination’s name is deleted.',
    fields: {},
  },
  deliver: {
    id: 11,
    from: 'broker',
    since: 0,
    when:
      'A message arrived on a served port. Descriptor 0 is the local port (disposition 17 or 18), 1 the reply right, the ' +
      'rest are the body’s. `callId` is the tag of the send-once right it came on, `sequence` its seqno. Flag: ABORTED.',
    fields: {},
  },
  sent: {
    id: 12,
    from: 'broker',
    since: 0,
    when:
      'How the send of this `callId` ended, if it failed, had to wait, or asked for ACK. ' +
      'Descriptors: the rights given back, in the order they were sent. `sequence`: of a message that is destroyed for one item of ' +
      'its body, how many came before it.',
    fields: { code: 'code' },
  },
  abort: {
    id: 13,
    from: 'task',
    since: 0,
    when: 'The caller gives up the call tagged `callId`.',
    fields: { replyPort: 'u32' },
  },
  aborted: {
    id: 14,
    from: 'broker',
    since: 0,
    when: 'The caller whose reply right this is gives up.',
    fields: { reply: 'u32' },
  },
  taken: {
    id: 15,
    from: 'task',
    since: 0,
    when: 'The task took `count` more of the messages delivered for this port.',
    fields: { port: 'u32', count: 'u32' },
  },
  drain: {
    id: 16,
    from: 'broker',
    since: 0,
    when: 'The receive right is about to move: stop taking and say how far you came.',
    fields: { port: 'u32' },
  },
  drained: {
    id: 17,
    from: 'task',
    since: 0,
    when: 'Answers drain: `taken` of the messages delivered since the last report stay here.',
    fields: { port: 'u32', taken: 'u32' },
  },
  notify: {
    id: 18,
    from: 'broker',
    since: 0,
    when:
      'A notification arrived on a served port; `callId` is its tag, `sequence` its seqno. ' +
      'Descriptors as of deliver: a port-destroyed brings the receive right as descriptor 2. `count` is the mscount of a ' +
      'no-senders; of a send-once the size of the message that was dropped, if one was too much for the right’s maker.',
    fields: { id: 'u8', port: 'u32', name: 'u32', count: 'u32', handled: 'handled' },
  },
  received: {
    id: 19,
    from: 'broker',
    since: 0,
    when: 'Ends the waiting receive of this `callId`; carries the message as deliver does.',
    fields: { code: 'code', ...INCOMING },
  },
  woken: {
    id: 20,
    from: 'broker',
    since: 2,
    when: 'Sleepers of this task that a wakeup took out of their queue: its own numbers for them, of `sleep_prepare`.',
    fields: { sleepers: 'u32s' },
  },
  adopt: {
    id: 30,
    from: 'task',
    since: 0,
    when: 'A new task on another route of this link, for a worker thread. Descriptor 0 is the bootstrap right to give it.',
    fields: { route: 'u32', module: 'str', label: 'str' },
  },
  routeClosed: {
    id: 31,
    from: 'either',
    since: 0,
    when: 'The task on the route in the header is gone; the link stays.',
    fields: {},
  },
  result: {
    id: 60,
    from: 'broker',
    since: 0,
    when: 'Answers the kernel call of this `callId`: its code, then its reply fields, zero where they mean nothing.',
    fields: { code: 'code' },
  },
  port_allocate: call(64, { right: 'u32' }, { name: 'u32' }),
  port_allocate_name: call(65, { right: 'u32', name: 'u32' }, {}),
  port_rename: call(66, { old: 'u32', name: 'u32' }, {}),
  port_type: call(67, { name: 'u32' }, { value: 'u32' }),
  port_names: call(68, {}, { names: 'u32s', types: 'u32s' }),
  port_get_refs: call(69, { name: 'u32', right: 'u32' }, { value: 'u32' }),
  port_mod_refs: call(70, { name: 'u32', right: 'u32', delta: 'i32' }, {}),
  port_deallocate: call(71, { name: 'u32' }, {}),
  port_destroy: call(72, { name: 'u32' }, {}),
  port_insert_right: call(73, { name: 'u32', right: 'right' }, {}),
  port_extract_right: call(74, { name: 'u32', disp: 'u8' }, { name: 'u32', disp: 'u8' }),
  port_get_receive_status: call(
    75,
    { name: 'u32' },
    {
      seqno: 'u32',
      mscount: 'u32',
      qlimit: 'u32',
      msgcount: 'u32',
      sorights: 'u32',
      srights: 'bool',
      pdrequest: 'bool',
      nsrequest: 'bool',
      pset: 'u32',
    },
  ),
  port_set_qlimit: call(76, { name: 'u32', qlimit: 'u32' }, {}),
  port_set_mscount: call(77, { name: 'u32', mscount: 'u32' }, {}),
  port_set_seqno: call(78, { name: 'u32', seqno: 'u32' }, {}),
  port_request_notification: call(
    79,
    { name: 'u32', variant: 'u32', sync: 'u32', notify: 'right', tag: 'u64' },
    { name: 'u32', disp: 'u8' },
  ),
  send_cancel: call(80, { sendId: 'u64', code: 'code' }, {}),
  receive: call(
    81,
    { name: 'u32', receiveId: 'u64', maxBytes: 'u32', large: 'bool', poll: 'bool', notify: 'u32' },
    INCOMING,
  ),
  receive_cancel: call(82, { receiveId: 'u64', code: 'code' }, {}),
  serve: call(83, { name: 'u32' }, {}),
  port_move_member: call(84, { member: 'u32', set: 'u32' }, {}),
  port_get_set_status: call(85, { name: 'u32' }, { names: 'u32s' }),
  vm_allocate: call(96, { address: 'u64', size: 'u64', anywhere: 'bool' }, { address: 'u64' }, 1),
  vm_map: call(
    97,
    {
      address: 'u64',
      size: 'u64',
      mask: 'u64',
      anywhere: 'bool',
      object: 'right',
      offset: 'u64',
      copy: 'bool',
      protection: 'u8',
      maximum: 'u8',
    },
    { address: 'u64' },
    1,
  ),
  vm_deallocate: call(98, { address: 'u64', size: 'u64' }, {}, 1),
  vm_protect: call(99, { address: 'u64', size: 'u64', setMaximum: 'bool', protection: 'u8' }, {}, 1),
  vm_read: call(100, { address: 'u64', size: 'u64' }, { data: 'rest' }, 1),
  vm_write: call(101, { address: 'u64', data: 'rest' }, {}, 1),
  vm_region: call(
    102,
    { address: 'u64' },
    {
      address: 'u64',
      size: 'u64',
      protection: 'u8',
      maximum: 'u8',
      object: 'u32',
      offset: 'u64',
      /** Where its memory can be had without a call, by tasks of the broker's own user: `/proc/PID/fd/FD`. 0: nowhere. */
      pid: 'u32',
      fd: 'u32',
      pageSize: 'u32',
      slot: 'u32',
      version: 'u32',
      pagesAt: 'u64',
    },
    1,
  ),
  vm_cancel: call(103, { callId: 'u64' }, {}, 1),
  /** `flags`: bits of `FUTEX_FLAG`. EOWNERDEAD: the caller has it, and the one before it died. `word`: where it lies in the memory of `vm_region`; 0: nowhere. */
  vm_futex_lock: call(104, { address: 'u64', flags: 'u8', msec: 'u32' }, { gen: 'u64', word: 'u32' }, 1),
  /** `gen` of these: the grant by which the caller has it; 0: whichever. */
  vm_futex_unlock: call(105, { address: 'u64', gen: 'u64' }, {}, 1),
  vm_futex_consistent: call(106, { address: 'u64', gen: 'u64' }, {}, 1),
  /** Waits until the grant is revoked: 0. */
  vm_futex_fenced: call(107, { address: 'u64', gen: 'u64' }, {}, 1),
  vm_futex_wait: call(108, { address: 'u64', v1: 'u32', v2: 'u32', msec: 'u32', flags: 'u8' }, {}, 1),
  vm_futex_wake: call(109, { address: 'u64', value: 'u32', flags: 'u8' }, {}, 1),
  vm_futex_requeue: call(110, { source: 'u64', target: 'u64', wakeOne: 'bool', flags: 'u8' }, {}, 1),
  /**
   * What one can sleep on: the port that the caller has a right to under this name, or, with NULL, what is mapped at this address. `ident` is the
   * broker's number for it. `word`: position in the interest table, a u32 that is 0 while nobody sleeps there, which tasks of the
   * broker's own user can read: `/proc/PID/fd/FD`; `pid` 0: nowhere.
   */
  sleep_ident: call(112, { name: 'u32', address: 'u64' }, { ident: 'u32', word: 'u32', pid: 'u32', fd: 'u32' }, 2),
  /** `sleeper`: the caller's number. Answered when no wakeup can be missed any more; `woken` follows once, unless it is removed. */
  sleep_prepare: call(113, { ident: 'u32', sleeper: 'u32', domain: 'u32', asleep: 'bool' }, {}, 2),
  sleep_asleep: call(114, { sleeper: 'u32' }, {}, 2),
  sleep_remove: call(115, { sleeper: 'u32' }, {}, 2),
  sleep_wakeup: call(116, { ident: 'u32', domain: 'u32', one: 'bool' }, {}, 2),
  sleep_forget: call(117, { ident: 'u32' }, {}, 2),
} as const satisfies Record<string, MessageSpec>;

/**
 * A kernel call: the fields of `Trap` (src/kernel/types.ts) and of the `Result` that answers it. `callId` 0: no answer wanted. Descriptor 0, if
 * there is one, names the task port of the task that a `port_` or `vm_` call is made on; its rights are the sender's all the same.
 */
function call<
  const Id extends number,
  const Fields extends Record<string, FieldType>,
  const Reply extends Record<string, FieldType>,
>(id: Id, fields: Fields, reply: Reply, since = 0) {
  return { id, from: 'task', since, when: 'A kernel call; answered by result.', fields, reply } as const;
}

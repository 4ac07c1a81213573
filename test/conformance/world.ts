import type { MsgOptions, MsgResult, Name, Traps } from 'easync';

/** The calls by name, each as `Traps` has it. */
const CALLS = [
  'port_allocate',
  'port_allocate_name',
  'port_rename',
  'port_type',
  'port_names',
  'port_get_refs',
  'port_mod_refs',
  'port_deallocate',
  'port_destroy',
  'port_insert_right',
  'port_extract_right',
  'port_move_member',
  'port_get_set_status',
  'port_get_receive_status',
  'port_set_qlimit',
  'port_set_mscount',
  'port_set_seqno',
  'port_request_notification',
] as const;

export type Call = (typeof CALLS)[number];
export type Calls = Pick<Traps, Call>;

export type Options = Omit<MsgOptions, 'signal'>;

/** A `msg` that was begun: the kernel has seen it, and it may have to wait. */
export type Begun = { readonly result: Promise<MsgResult>; interrupt(): Promise<void> };

/** What one task calls another's mailbox and task port. */
export type Peer = { readonly mailbox: Name; readonly task: Name };

/** One task, wherever it is. */
export interface TaskOfWorld {
  readonly calls: Calls;
  /** The same on the task whose task port this is. */
  on(target: Name): Calls;
  /** A port of its own that nobody else uses: for passing rights on. */
  readonly mailbox: Name;
  /** Its name for its own task port. */
  readonly self: Name;
  msg(options: Options): Promise<MsgResult>;
  begin(options: Options): Promise<Begun>;
  /** Ends it as a crash does. Settles when the kernel knows. */
  kill(): Promise<void>;
}

/** What the rules are tested on. */
export interface World extends AsyncDisposable {
  task(): Promise<TaskOfWorld>;
  /** Send rights that `to` has from now on for the mailbox and the task port of `of`, until it is told to `part` from them. */
  introduce(of: TaskOfWorld, to: TaskOfWorld): Promise<Peer>;
  part(from: TaskOfWorld, peer: Peer): Promise<void>;
}

/** All calls, each made by `make`. */
export function callsBy(make: (call: Call, args: readonly number[]) => unknown): Calls {
  return Object.fromEntries(CALLS.map((call) => [call, (...args: number[]) => make(call, args)])) as Calls;
}

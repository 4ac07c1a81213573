import { IpcError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { DEFAULT_QLIMIT, DISP, MAX_QLIMIT, type Name, RIGHT } from '../kernel/types.ts';
import type { Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { type Descriptor, encodeHead, type Frame, MESSAGES } from '../wire/index.ts';
import { deferred } from './deferred.ts';
import { Dispatcher } from './dispatcher.ts';
import { handshake, type Welcome } from './handshake.ts';
import type { IncomingCall } from './messages/incoming-call.ts';
import { LeakWatch } from './leaks.ts';
import type { AfterReplies } from './local/after-replies.ts';
import type { Departure } from './local/departure.ts';
import { HeldBack } from './local/held-back.ts';
import { LocalPort } from './local/local-port.ts';
import { Pending } from './messages/pending.ts';
import { PortSet } from './rights/port-set.ts';
import { ReceiveRight } from './rights/receive-right.ts';
import type { CarriedRight } from './rights/target.ts';
import { RemoteOnce } from './remote/remote-once.ts';
import { RemotePort } from './remote/remote-port.ts';
import { SendOnceRight, SendRight } from './rights/send-right.ts';
import { Shim } from './remote/shim.ts';
import { AddressSpace } from './memory/address-space.ts';
import { Taken } from './messages/taken.ts';
import { SharedSleep } from './sleep/shared-sleep.ts';
import { KernelCalls } from './calls/kernel-calls.ts';
import { Traps } from './names/traps.ts';
import { runUserCode } from './user-code.ts';

export type TaskOptions = {
  /** Shown by `easync ps`. */
  label: string;
  limits: Limits;
  /** Test mode: local calls are checked as strictly as those that cross a boundary. */
  check: boolean;
  pid: number;
  threadId: number;
};

/** Names this task chooses itself start here. The kernel's choices lie far below, its user's had better lie in between. */
const FIRST_OWN_NAME = 0xc0000000;

/** One name space of rights, attached to a broker by a link. Everything a process does with ports goes through its task. */
export class Task implements AsyncDisposable {
  readonly host: Host;
  readonly link: Link;
  readonly limits: Limits;
  readonly check: boolean;
  /** @internal Set by a test kit. */
  afterReplies: AfterReplies | null = null;
  /** @internal Ports whose receive right is here and that the kernel knows, by name. */
  readonly ports = new Map<Name, LocalPort>();
  /** @internal Shims, by name. */
  readonly remotes = new Map<Name, RemotePort>();
  /** @internal Calls from other tasks that have not been answered, by the name of their reply right. */
  readonly serving = new Map<Name, IncomingCall>();
  /** @internal Receive rights that have left, while the kernel has not said whether it took them. */
  readonly departures = new Map<Name, Departure>();
  /** @internal Rights in replies likewise, by the name that the reply went to. */
  readonly repliesOut = new Map<Name, readonly CarriedRight[]>();
  /** @internal */
  readonly pending = new Pending();
  /** Kernel calls by name (mach.md §3): numbers in, codes out. A name of one's own choice is best below 0xc0000000. */
  readonly traps: Traps;
  /** Memory objects that this task maps. */
  readonly vm = new AddressSpace(this);
  /** @internal Sleepers on what this task shares with others. */
  readonly sleep = new SharedSleep(this);
  /** @internal The same calls, as the handles make them. */
  readonly calls = new KernelCalls(this);
  /** @internal What critical sections keep out. */
  readonly heldBack = new HeldBack(this);
  /** @internal */
  readonly shim = new Shim(this);
  /** @internal */
  readonly leaks: LeakWatch;
  /** Tells the operator about something that has no caller to be told. */
  readonly warn: (text: string) => void;
  /** @internal */
  readonly taken: Taken;
  /** @internal Replies and notifications for the whole task arrive here, told apart by their tags. */
  readonly replyPort: Name;
  readonly #closed = deferred();
  readonly #onClosed = new Set<() => void>();
  readonly #dispatcher = new Dispatcher(this);
  #isClosed = false;
  #nextName = FIRST_OWN_NAME;
  #nextTag = 1;
  #welcome: Welcome | null = null;

  private constructor(host: Host, link: Link, options: TaskOptions, warn: (text: string) => void) {
    this.host = host;
    this.link = link;
    this.limits = options.limits;
    this.check = options.check;
    this.warn = warn;
    // What a task still held when its link ended is nobody's leak.
    this.leaks = new LeakWatch((text) => {
      if (!this.#isClosed) warn(text);
    });
    this.traps = new Traps(this);
    this.replyPort = this.newName();
    this.taken = new Taken(link);
  }

  /**
   * Attaches to the broker at the other end of `link`.
   *
   * @throws IpcError EVERSION, ENOBROKER, or whatever the broker refuses with.
   */
  static async attach(host: Host, link: Link, options: TaskOptions, warn: (text: string) => void): Promise<Task> {
    const task = new Task(host, link, options, warn);
    task.#welcome = await handshake(host, link, options, task.#dispatcher, (error) => task.#ended(error));
    task.calls.post('port_allocate_name', { right: RIGHT.RECEIVE, name: task.replyPort });
    task.calls.post('serve', { name: task.replyPort });
    return task;
  }

  /** What the broker said when this task attached: its number, the rights it starts with, what it shall load. */
  get welcome(): Welcome {
    if (this.#welcome !== null) return this.#welcome;
    throw new IpcError('ENOBROKER', 'this task has not been welcomed yet');
  }

  /** Settles when the link is gone, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Runs `fn` when the link is gone; at once if it is. Disposing the answer takes that back. */
  onClosed(fn: () => void): Disposable {
    if (this.#isClosed) fn();
    else this.#onClosed.add(fn);
    return { [Symbol.dispose]: () => void this.#onClosed.delete(fn) };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * A new port of this task. `qlimit` (0…1024) bounds what other tasks can queue.
   *
   * @throws IpcError KERN_INVALID_VALUE
   */
  allocate(options: { label?: string; qlimit?: number } = {}): ReceiveRight {
    const { qlimit = DEFAULT_QLIMIT } = options;
    if (!Number.isInteger(qlimit) || qlimit < 0 || qlimit > MAX_QLIMIT) {
      throw new IpcError('KERN_INVALID_VALUE', `a qlimit is an integer from 0 to ${MAX_QLIMIT}, not ${qlimit}`, {
        op: 'allocate',
      });
    }
    return new ReceiveRight(this, new LocalPort(this, options.label ?? 'port', qlimit));
  }

  /** Leaves in good order: what was sent before is delivered, or its sender is told. */
  async dispose(): Promise<void> {
    if (!this.#isClosed) this.link.send(encodeHead({ kind: MESSAGES.detach.id }));
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** @internal A frame that was held back. */
  onFrame(frame: Frame): void {
    this.#dispatcher.onFrame(frame);
  }

  /** A set of ports of this task, to be received from as one. */
  portSet(...members: ReceiveRight[]): PortSet {
    const set = new PortSet(this, 'the port set');
    for (const member of members) set.add(member);
    return set;
  }

  /** @internal A port is destroyed or given away by name: what stands on it here ends too, and what nobody has taken is the kernel's. */
  portEnds(name: Name | undefined): void {
    const port = name === undefined ? undefined : this.ports.get(name);
    if (name === undefined || port === undefined) return;
    port.reception.handBack();
    this.taken.stop(name);
    port.end();
  }

  /** @internal */
  newName(): Name {
    return this.#nextName++;
  }

  /** @internal */
  newTag(): number {
    return this.#nextTag++;
  }

  /** @internal A right that came in a message, as a handle that owns it. */
  arrive(spec: Descriptor): SendRight | SendOnceRight | ReceiveRight {
    if (spec.disp === DISP.MOVE_RECEIVE) return new ReceiveRight(this, LocalPort.arrived(this, spec.name));
    if (spec.disp === DISP.MOVE_SEND_ONCE) return new SendOnceRight(this, new RemoteOnce(this, spec.name));
    const own = this.ports.get(spec.name);
    if (own?.isListening === true) {
      // Our own port came back: handles here are counted here, so the kernel's reference is not needed.
      own.retain();
      this.calls.post('port_mod_refs', { name: spec.name, right: RIGHT.SEND, delta: -1 });
      return new SendRight(this, own);
    }
    let remote = this.remotes.get(spec.name);
    if (remote === undefined) {
      remote = new RemotePort(this, spec.name);
      if (!remote.isDead) this.remotes.set(spec.name, remote);
    }
    remote.arrived();
    return new SendRight(this, remote);
  }

  #ended(error: Error | undefined): void {
    this.#isClosed = true;
    const why =
      error === undefined ? 'the link to the broker was closed' : `the link to the broker broke: ${error.message}`;
    this.pending.failAll(why);
    this.departures.clear();
    this.repliesOut.clear();
    this.calls.closed();
    this.heldBack.closed();
    for (const port of [...this.remotes.values()]) port.died();
    for (const call of this.serving.values()) call.requestAbort();
    for (const port of [...this.ports.values()]) port.senders.linkLost();
    this.sleep.linkEnded();
    for (const fn of [...this.#onClosed]) runUserCode(fn);
    this.#closed.resolve();
  }
}

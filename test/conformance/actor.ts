import {
  type Code,
  type ErrorCode,
  DISP,
  type MsgResult,
  type Name,
  named,
  type Named,
  type NamedMessage,
  NOTIFY,
  type ReceivedMessage,
  RIGHT,
  type Traps,
} from 'easync';
import type { Begun, Options, Peer, TaskOfWorld, World } from './world.ts';

type Status = Omit<Awaited<ReturnType<Traps['port_get_receive_status']>>, 'code'>;
/** Beside the destination; a name alone is copied. */
type Rest = Omit<NamedMessage, 'remote'> & Pick<Options, 'sendTimeout' | 'notify' | 'cancel'>;
type To = Name | { disp: number; name: Name };

/**
 * A task as the rules speak of it: calls answer their code, or what they were asked for. What it makes by these short forms is
 * destroyed after the rule if it is still there; anything else a rule has to give back itself.
 */
export class Actor {
  readonly task: TaskOfWorld;
  readonly #world: World;
  readonly #made = new Set<Name>();
  readonly #peers = new Map<Actor, Peer>();
  dead = false;

  constructor(world: World, task: TaskOfWorld) {
    this.#world = world;
    this.task = task;
  }

  /** A new port. */
  async port(qlimit?: number): Promise<Name> {
    const name = await this.allocate(RIGHT.RECEIVE);
    if (qlimit !== undefined) await this.setQlimit(name, qlimit);
    return name;
  }

  /** A new port with a send right of its own, under one name. */
  async sender(qlimit?: number): Promise<Name> {
    const name = await this.port(qlimit);
    await this.makeSend(name);
    return name;
  }

  /** One more send right for a port of its own, under its name. */
  async makeSend(name: Name): Promise<void> {
    must(await this.insert(name, name, DISP.MAKE_SEND));
  }

  /** A new send-once right for a port of its own. */
  async once(port: Name): Promise<Name> {
    const { code, name } = await this.extract(port, DISP.MAKE_SEND_ONCE);
    must(code);
    return this.mine(name);
  }

  /** A new set of these. */
  async set(...members: Name[]): Promise<Name> {
    const set = await this.allocate(RIGHT.PORT_SET);
    for (const member of members) must(await this.move(member, set));
    return set;
  }

  /** A dead name that never was a port. */
  async deadName(urefs = 1): Promise<Name> {
    const name = await this.allocate(RIGHT.DEAD_NAME);
    if (urefs > 1) must(await this.modRefs(name, RIGHT.DEAD_NAME, urefs - 1));
    return name;
  }

  async allocate(right: number): Promise<Name> {
    const { code, name } = await this.task.calls.port_allocate(right);
    must(code);
    return this.mine(name);
  }

  /** To be destroyed after the rule if it is still there. */
  mine(name: Name): Name {
    this.#made.add(name);
    return name;
  }

  async allocateName(right: number, name: Name): Promise<Code> {
    const { code } = await this.task.calls.port_allocate_name(right, name);
    if (code === 0) this.mine(name);
    return code;
  }

  async rename(old: Name, name: Name): Promise<Code> {
    const { code } = await this.task.calls.port_rename(old, name);
    if (code === 0) this.mine(name);
    return code;
  }

  async type(name: Name): Promise<number | ErrorCode> {
    const { code, value } = await this.task.calls.port_type(name);
    return code === 0 ? value : code;
  }

  /** Every name and its type. */
  async names(): Promise<Map<Name, number>> {
    const { code, names, types } = await this.task.calls.port_names();
    must(code);
    return new Map(names.map((name, i) => [name, types[i] ?? 0]));
  }

  async refs(name: Name, right: number): Promise<number | ErrorCode> {
    const { code, value } = await this.task.calls.port_get_refs(name, right);
    return code === 0 ? value : code;
  }

  sends(name: Name): Promise<number | ErrorCode> {
    return this.refs(name, RIGHT.SEND);
  }

  deads(name: Name): Promise<number | ErrorCode> {
    return this.refs(name, RIGHT.DEAD_NAME);
  }

  async modRefs(name: Name, right: number, delta: number): Promise<Code> {
    return (await this.task.calls.port_mod_refs(name, right, delta)).code;
  }

  /** Drops the receive right only. */
  async killPort(name: Name): Promise<void> {
    must(await this.modRefs(name, RIGHT.RECEIVE, -1));
  }

  async deallocate(name: Name): Promise<Code> {
    return (await this.task.calls.port_deallocate(name)).code;
  }

  async destroy(name: Name): Promise<Code> {
    return (await this.task.calls.port_destroy(name)).code;
  }

  /** Into itself, or into `target`. */
  async insert(name: Name, right: Name, disp: number, target: Name = 0): Promise<Code> {
    return (await this.task.calls.port_insert_right(target, name, right, disp)).code;
  }

  extract(name: Name, disp: number, target: Name = 0): Promise<{ code: Code; name: Name; disp: number }> {
    return this.task.calls.port_extract_right(target, name, disp);
  }

  async move(member: Name, set: Name): Promise<Code> {
    return (await this.task.calls.port_move_member(member, set)).code;
  }

  async members(set: Name): Promise<readonly Name[] | ErrorCode> {
    const { code, names } = await this.task.calls.port_get_set_status(set);
    return code === 0 ? [...names].sort((x, y) => x - y) : code;
  }

  async status(name: Name): Promise<Status> {
    const { code, ...status } = await this.task.calls.port_get_receive_status(name);
    must(code);
    return status;
  }

  async setQlimit(name: Name, qlimit: number): Promise<Code> {
    return (await this.task.calls.port_set_qlimit(name, qlimit)).code;
  }

  /** Asks to be told on `notify`; a name alone makes the right, 0 cancels. */
  request(name: Name, variant: number, notify: To, sync = 0): Promise<{ code: Code; name: Name; disp: number }> {
    const { disp, name: port } = typeof notify === 'number' ? make(notify) : notify;
    return this.task.calls.port_request_notification(name, variant, sync, port, disp);
  }

  /** The same, where it must succeed and replace nothing. */
  async watch(name: Name, variant: number, notify: To, sync = 0): Promise<void> {
    const { code, name: previous } = await this.request(name, variant, notify, sync);
    must(code);
    if (previous !== 0) throw new Error('there was a request already');
  }

  /** Polls: answers at once, in whatever way. */
  send(to: To, rest: Rest = {}): Promise<MsgResult> {
    return this.task.msg(sending(to, { sendTimeout: 0, ...rest }));
  }

  /** Where it must be queued. */
  async post(to: To, rest: Rest = {}): Promise<void> {
    must((await this.send(to, rest)).code);
  }

  /** `count` messages, numbered from `first`. */
  async postMany(to: To, count: number, first = 0): Promise<void> {
    for (let id = first; id < first + count; id += 1) await this.post(to, { id });
  }

  /** Polls: answers at once, in whatever way. */
  receive(name: Name, how: Omit<NonNullable<Options['receive']>, 'name'> = {}): Promise<MsgResult> {
    return this.task.msg({ receive: { name, ...how }, receiveTimeout: 0 });
  }

  /** The next message, which must be there. */
  async take(name: Name): Promise<ReceivedMessage> {
    const { code, message } = await this.receive(name);
    must(code);
    if (message === undefined) throw new Error('no message came');
    return message;
  }

  /** The ids of all messages that are queued, taken. */
  async drain(name: Name): Promise<number[]> {
    const ids: number[] = [];
    for (let got = await this.receive(name); got.message !== undefined; got = await this.receive(name))
      ids.push(got.message.id);
    return ids;
  }

  /** The queued notifications in words, all taken. Where one brings a right, the rule has it. */
  async notices(name: Name): Promise<string[]> {
    const found: string[] = [];
    for (let got = await this.receive(name); got.message !== undefined; got = await this.receive(name))
      found.push(inWords(got.message));
    return found;
  }

  /** A send that waits if it must. */
  beginSend(to: To, rest: Rest = {}): Promise<Begun> {
    return this.task.begin(sending(to, rest));
  }

  /** A receive that waits if it must. */
  beginReceive(name: Name, how: Omit<NonNullable<Options['receive']>, 'name'> = {}): Promise<Begun> {
    return this.task.begin({ receive: { name, ...how } });
  }

  /** Gives `to` a right in a message, as `disp` says; answers its name there. */
  async give(disp: number, name: Name, to: Actor): Promise<Name> {
    const { mailbox } = await this.peer(to);
    await this.post(mailbox, { body: [named(disp, name)] });
    const [right] = rightsOf(await to.take(to.task.mailbox));
    return to.mine(right?.name ?? 0);
  }

  /** A send right that `of` makes for its port. */
  sendRightTo(port: Name, of: Actor): Promise<Name> {
    return of.give(DISP.MAKE_SEND, port, this);
  }

  /** What it calls another's mailbox and task port. */
  async peer(other: Actor): Promise<Peer> {
    const known = this.#peers.get(other) ?? (await this.#world.introduce(other.task, this.task));
    this.#peers.set(other, known);
    return known;
  }

  async kill(): Promise<void> {
    this.dead = true;
    await this.task.kill();
  }

  /** Destroys what the short forms made. */
  async tidy(): Promise<void> {
    for (const name of this.#made) await this.destroy(name);
    this.#made.clear();
  }

  /** Of the dead nothing is left. */
  async forget(other: Actor): Promise<void> {
    const peer = this.#peers.get(other);
    this.#peers.delete(other);
    if (peer !== undefined) await this.#world.part(this.task, peer);
  }
}

/** The rights that a message brought, or that came back in one; rules put them into an array. */
export function rightsOf(message: { body?: unknown } | undefined): readonly Named[] {
  return Array.isArray(message?.body) ? (message.body as Named[]) : [];
}

function sending(to: To, { sendTimeout, notify, cancel, ...rest }: Rest): Options {
  const remote = typeof to === 'number' ? { disp: DISP.COPY_SEND, name: to } : to;
  return {
    send: { remote, ...rest },
    ...(sendTimeout === undefined ? {} : { sendTimeout }),
    ...(notify === undefined ? {} : { notify }),
    ...(cancel === undefined ? {} : { cancel }),
  };
}

function make(name: Name): { disp: number; name: Name } {
  return { disp: DISP.MAKE_SEND_ONCE, name };
}

function inWords({ id, notification }: ReceivedMessage): string {
  switch (notification?.id) {
    case NOTIFY.DEAD_NAME:
      return `dead-name ${notification.name}`;
    case NOTIFY.PORT_DELETED:
      return `port-deleted ${notification.name}`;
    case NOTIFY.SEND_POSSIBLE:
      return `send-possible ${notification.name}`;
    case NOTIFY.NO_SENDERS:
      return `no-senders ${notification.mscount}`;
    case NOTIFY.SEND_ONCE:
      return 'send-once';
    case NOTIFY.PORT_DESTROYED:
      return `port-destroyed ${notification.right?.name}`;
    default:
      return `message ${id}`;
  }
}

function must(code: Code): void {
  if (code !== 0) throw new Error(`expected success, got ${code}`);
}

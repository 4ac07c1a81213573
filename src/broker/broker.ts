import { IpcError, ProtocolError } from '../errors.ts';
import type { Child, Host } from '../host/host.ts';
import { type Effect, Kernel, type Name, type TaskId } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import {
  decodeFields,
  decodeFrame,
  encodeFields,
  encodeHead,
  type Fields,
  MESSAGES,
  PROTOCOL,
  versionRefusal,
} from '../wire/index.ts';
import { LinkRoutes } from './link-routes.ts';
import { type Grants, type Newcomer, newTask } from './new-task.ts';
import { Refusals } from './refusals.ts';
import { Session } from './session.ts';

/**
 * The process side of the kernel: gives every link a session, and every effect to the session it is for. Which operation
 * means what is the kernel's to say; what a body holds is nobody's here. Whatever goes wrong over one task's link ends that
 * link and nothing else.
 */
export class Broker {
  readonly host: Host;
  readonly limits: Limits;
  readonly kernel: Kernel;
  /** Tells one life of a broker from the next. */
  readonly incarnation: string;
  readonly sessions = new Map<TaskId, Session>();
  /** Processes it has started and that have not ended. */
  readonly children = new Set<Child>();
  readonly refusals: Refusals;
  readonly #routes = new WeakMap<Link, LinkRoutes>();
  /** Every link that was accepted and has not closed. */
  readonly #links = new Set<Link>();
  #carrying = false;

  /** `report` gets what is the broker's own fault, for its operator. */
  constructor(host: Host, limits: Limits, report: (text: string) => void = onStderr) {
    this.host = host;
    this.limits = limits;
    this.kernel = new Kernel(limits);
    this.incarnation = Buffer.from(host.random(8)).toString('hex');
    this.refusals = new Refusals(() => host.now(), report);
  }

  /** Serves the peer at the other end of a fresh link: one task at first, and one more per route it adopts. */
  accept(link: Link, grants: () => Grants, onGone?: () => void): void {
    const routes = new LinkRoutes(link, (route) => {
      this.#drop(link, 0, new ProtocolError(`route ${route} was never adopted`));
    });
    this.#routes.set(routes.main, routes);
    this.#links.add(link);
    this.#awaitHello(
      routes.main,
      () => newTask(this.kernel, this.limits, grants()),
      () => {
        this.#links.delete(link);
        // A peer may close its main route alone: nothing is served on this link any more.
        link.destroy();
        onGone?.();
      },
    );
  }

  /** A task asks for another one on a route of its own link: a worker thread of its process. */
  adopt(parent: Session, route: number, grants: Grants): void {
    const routes = this.#routes.get(parent.link);
    if (routes === undefined) throw new ProtocolError('only the main task of a link adopts routes');
    const link = routes.adopt(route);
    let newcomer: Newcomer;
    try {
      // Made now, not when it says hello: the right is copied as its giver's next message finds it.
      newcomer = newTask(this.kernel, this.limits, grants);
    } catch (error) {
      return this.#drop(link, parent.pid, error);
    }
    this.#awaitHello(
      link,
      () => newcomer,
      () => {
        this.kernel.endTask(newcomer.task);
        this.carryOut();
      },
    );
    return this.carryOut();
  }

  /** The task leaves in good order. Everything it sent before has been handled. */
  detach(session: Session): void {
    session.link.send(encodeHead({ kind: MESSAGES.goodbye.id }));
    this.#end(session);
    this.#closeInGrace(session.link);
  }

  /** The task sends and does not read. There is no way to tell it, and what waits for it is dropped. */
  cutOff(session: Session): void {
    if (!this.sessions.has(session.task)) return;
    const unread = `${session.label} left more than ${this.limits.unreadBytesPerTask} bytes unread (unreadBytesPerTask)`;
    this.refusals.add(session.pid, new IpcError('ELIMIT', unread, { object: session.label }));
    session.link.destroy();
    this.#end(session);
  }

  /**
   * Has a task stop taking from a port that it serves, and hand back what it has not taken: that is the kernel's again, in
   * order. Answers the sequence number that the next receiver starts at.
   *
   * @throws IpcError KERN_INVALID_TASK, KERN_INVALID_NAME, KERN_INVALID_RIGHT, KERN_INVALID_ARGUMENT (it does not serve it)
   */
  async drain(task: TaskId, name: Name): Promise<number> {
    const session = this.sessions.get(task);
    if (session !== undefined) return session.drain(name);
    throw new IpcError('KERN_INVALID_TASK', `there is no task ${task}`, { op: 'drain', object: `task ${task}` });
  }

  /** Settles once every process it has started has ended. */
  async childrenGone(): Promise<void> {
    await Promise.all([...this.children].map(({ exited }) => exited));
  }

  /** Carries out what the kernel left to be done. What that causes comes after it, whoever asks. */
  carryOut(): void {
    if (this.#carrying) return;
    this.#carrying = true;
    try {
      for (let effects = this.kernel.takeEffects(); effects.length > 0; effects = this.kernel.takeEffects()) {
        for (const effect of effects) this.#carryOutOne(effect);
      }
    } finally {
      this.#carrying = false;
    }
  }

  /** Says goodbye to everybody; whoever has not taken it in `killGraceMs` is cut off. */
  close(): void {
    for (const session of [...this.sessions.values()]) this.detach(session);
    for (const link of this.#links) link.close();
    this.host.timer(this.limits.killGraceMs, () => this.#links.forEach((link) => link.destroy()), { unref: true });
  }

  #carryOutOne(effect: Effect): void {
    const session = this.sessions.get(effect.task);
    if (session === undefined) return;
    try {
      session.onEffect(effect);
    } catch (error) {
      this.#expel(session, error);
    }
  }

  #awaitHello(link: Link, newcomer: () => Newcomer, onGone: () => void): void {
    let session: Session | undefined;
    const tooLate = this.host.timer(
      this.limits.handshakeMs,
      () => this.#drop(link, 0, new ProtocolError(`no hello within ${this.limits.handshakeMs} ms`)),
      { unref: true },
    );
    link.start({
      onFrame: (buffer, memory) => {
        try {
          const frame = decodeFrame(buffer, this.limits, memory);
          if (session !== undefined) return session.onFrame(frame, buffer.length);
          tooLate[Symbol.dispose]();
          if (frame.header.kind !== MESSAGES.hello.id) throw new ProtocolError('the first message has to be hello');
          session = this.#welcome(link, decodeFields('hello', frame.body), newcomer);
        } catch (error) {
          if (session === undefined) this.#drop(link, link.peer?.pid ?? 0, error);
          else this.#expel(session, error);
        }
        return undefined;
      },
      onClose: (error) => {
        tooLate[Symbol.dispose]();
        if (error !== undefined) this.refusals.add(session?.pid ?? link.peer?.pid ?? 0, error);
        if (session !== undefined) this.#end(session);
        onGone();
      },
    });
  }

  #welcome(link: Link, hello: Fields<'hello'>, newcomer: () => Newcomer): Session {
    const refusal = versionRefusal(hello);
    if (refusal !== undefined) throw new IpcError('EVERSION', refusal);
    const { task, taskPort, bootstrap, host, module, label = hello.label } = newcomer();
    const { threadId } = hello;
    const session = new Session(this, link, task, { label, pid: link.peer?.pid ?? hello.pid, threadId });
    this.sessions.set(task, session);
    link.send(
      encodeHead({ kind: MESSAGES.welcome.id }),
      encodeFields('welcome', { ...PROTOCOL, task, taskPort, bootstrap, host, module, broker: this.incarnation }),
    );
    this.carryOut();
    return session;
  }

  #end(session: Session): void {
    if (!this.sessions.delete(session.task)) return;
    session.ended();
    this.kernel.endTask(session.task);
    this.carryOut();
  }

  #expel(session: Session, error: unknown): void {
    this.#drop(session.link, session.pid, error);
    this.#end(session);
  }

  /** Tells the peer why, then cuts it off. Nobody else notices. */
  #drop(link: Link, pid: number, error: unknown): void {
    link.send(encodeHead({ kind: MESSAGES.refuse.id }), encodeFields('refuse', this.refusals.add(pid, error)));
    this.#closeInGrace(link);
  }

  /** The peer has `killGraceMs` to read what was sent before; until then the broker holds it. */
  #closeInGrace(link: Link): void {
    link.close();
    this.host.timer(this.limits.killGraceMs, () => link.destroy(), { unref: true });
  }
}

function onStderr(text: string): void {
  process.stderr.write(`${text}\n`);
}

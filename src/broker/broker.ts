import { IpcError, ProtocolError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { type Name, NULL_NAME, Kernel, type RightSpec, type TaskId } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { type Routes, splitRoutes } from '../link/routes.ts';
import {
  decodeFields,
  decodeFrame,
  encodeFields,
  encodeHead,
  MESSAGES,
  PROTOCOL,
  versionRefusal,
} from '../wire/index.ts';
import { Session } from './session.ts';

/** The rights a new task starts with beside its task port. */
export type Grants = {
  bootstrap?: { from: TaskId; right: RightSpec };
  host?: { from: TaskId; right: RightSpec };
  /** For a spawned task: what it shall load, and its name. */
  module?: string;
  label?: string;
};

/** A task that has not said hello yet. */
type Newcomer = {
  task: TaskId;
  taskPort: Name;
  bootstrap: Name;
  host: Name;
  module: string;
  label: string | undefined;
};

export type Refusal = { at: number; pid: number; reason: string };

/**
 * The process side of the kernel: gives every link a session, and every effect to the session it is for. Which operation
 * means what is the kernel's to say; what a body holds is nobody's here.
 */
export class Broker {
  readonly host: Host;
  readonly limits: Limits;
  readonly kernel: Kernel;
  /** Tells one life of a broker from the next. */
  readonly incarnation: string;
  readonly sessions = new Map<TaskId, Session>();
  /** Peers that broke the protocol, latest last. */
  readonly refusals: Refusal[] = [];
  readonly #routes = new WeakMap<Link, Routes>();
  readonly #onEmpty: () => void;

  constructor(host: Host, limits: Limits, onEmpty: () => void = () => undefined) {
    this.host = host;
    this.limits = limits;
    this.kernel = new Kernel(limits);
    this.incarnation = Buffer.from(host.random(8)).toString('hex');
    this.#onEmpty = onEmpty;
  }

  /** Serves the peer at the other end of a fresh link: one task at first, and one more per route it adopts. */
  accept(link: Link, grants: () => Grants, onGone?: () => void): void {
    const routes = splitRoutes(link, (route) => {
      this.#drop(link, 0, new ProtocolError(`route ${route} was never adopted`));
    });
    this.#routes.set(routes.main, routes);
    this.#awaitHello(routes.main, () => this.#newTask(grants()), onGone);
  }

  /** A task asks for another one on a route of its own link: a worker thread of its process. */
  adopt(parent: Session, route: number, module: string, bootstrap: RightSpec): void {
    const routes = this.#routes.get(parent.link);
    if (routes === undefined || route === 0)
      throw new ProtocolError('only the main task of a link adopts routes, from 1 up');
    const link = routes.open(route);
    // Made now, not when it says hello: the right is copied as its giver's next message finds it.
    const newcomer = this.#newTask({ module, bootstrap: { from: parent.task, right: bootstrap } });
    this.#awaitHello(
      link,
      () => newcomer,
      () => this.kernel.endTask(newcomer.task),
    );
    this.carryOut();
  }

  /** The task leaves in good order. Everything it sent before has been handled. */
  detach(session: Session): void {
    session.link.send(encodeHead({ kind: MESSAGES.goodbye.id }));
    this.#end(session);
    session.link.close();
  }

  /** Carries out what the kernel left to be done. */
  carryOut(): void {
    for (const effect of this.kernel.takeEffects()) this.sessions.get(effect.task)?.onEffect(effect);
  }

  /** Says goodbye to everybody. */
  close(): void {
    for (const session of [...this.sessions.values()]) this.detach(session);
  }

  #awaitHello(link: Link, newcomer: () => Newcomer, onGone?: () => void): void {
    let session: Session | undefined;
    const tooLate = this.host.timer(
      this.limits.handshakeMs,
      () => this.#drop(link, 0, new ProtocolError(`no hello within ${this.limits.handshakeMs} ms`)),
      { unref: true },
    );
    link.start({
      onFrame: (buffer) => {
        try {
          const frame = decodeFrame(buffer, this.limits);
          if (session !== undefined) return session.onFrame(frame, buffer.length);
          tooLate[Symbol.dispose]();
          if (frame.header.kind !== MESSAGES.hello.id) throw new ProtocolError('the first message has to be hello');
          session = this.#welcome(link, frame.body, newcomer);
        } catch (error) {
          this.#drop(link, session?.pid ?? link.peer?.pid ?? 0, error);
          if (session !== undefined) this.#end(session);
        }
        return undefined;
      },
      onClose: () => {
        tooLate[Symbol.dispose]();
        if (session !== undefined) this.#end(session);
        onGone?.();
      },
    });
  }

  #welcome(link: Link, hello: Buffer, newcomer: () => Newcomer): Session {
    const { major, minor, pid, threadId, label } = decodeFields('hello', hello);
    const refusal = versionRefusal({ major, minor });
    if (refusal !== undefined) throw new IpcError('EVERSION', refusal);
    const { task, ...first } = newcomer();
    const session = new Session(this, link, task, {
      label: first.label ?? label,
      pid: link.peer?.pid ?? pid,
      threadId,
    });
    this.sessions.set(task, session);
    link.send(
      encodeHead({ kind: MESSAGES.welcome.id }),
      encodeFields('welcome', {
        ...PROTOCOL,
        task,
        taskPort: first.taskPort,
        bootstrap: first.bootstrap,
        host: first.host,
        module: first.module,
        broker: this.incarnation,
      }),
    );
    this.carryOut();
    return session;
  }

  #newTask(grants: Grants): Newcomer {
    const made = this.kernel.createTask();
    if ('code' in made) throw new IpcError('ELIMIT', `this broker has ${this.limits.tasks} tasks, its limit`);
    return {
      task: made.task,
      taskPort: made.self,
      bootstrap: this.#grant(grants.bootstrap, made.task),
      host: this.#grant(grants.host, made.task),
      module: grants.module ?? '',
      label: grants.label,
    };
  }

  #grant(grant: { from: TaskId; right: RightSpec } | undefined, to: TaskId): Name {
    if (grant === undefined) return NULL_NAME;
    return this.kernel.grant(grant.from, grant.right, to).name ?? NULL_NAME;
  }

  #end(session: Session): void {
    if (!this.sessions.delete(session.task)) return;
    this.kernel.endTask(session.task);
    this.carryOut();
    this.#onEmpty();
  }

  /** Tells the peer why, then cuts it off. Nobody else notices. */
  #drop(link: Link, pid: number, error: unknown): void {
    const { code, message } = IpcError.is(error) ? error : { code: 'EPROTOCOL' as const, message: String(error) };
    this.refusals.push({ at: this.host.now(), pid, reason: message });
    if (this.refusals.length > KEPT_REFUSALS) this.refusals.shift();
    link.send(encodeHead({ kind: MESSAGES.refuse.id }), encodeFields('refuse', { code, reason: message }));
    link.close();
  }
}

const KEPT_REFUSALS = 100;

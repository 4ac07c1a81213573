import { readFileSync } from 'node:fs';
import { IpcError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { type Effect, Kernel, type Name, type TaskId } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { encodeHead, MESSAGES } from '../wire/index.ts';
import { Children } from './children.ts';
import { DeadTasks } from './dead-tasks.ts';
import type { Memory } from './memory/memory.ts';
import type { Grants } from './new-task.ts';
import { Reception, stranger } from './reception.ts';
import type { Session } from './session.ts';
import { Sleeps } from './sleep/sleeps.ts';

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
  readonly children: Children;
  readonly dead: DeadTasks;
  /** A link has ended, and none is left but that of the broker's own task. */
  onEmpty: () => void = () => undefined;
  /** What tasks map. Null before the broker has a task of its own, where its ports are. */
  memory: Memory | null = null;
  /** Who sleeps on what tasks share. */
  readonly sleeps: Sleeps;
  readonly #reception: Reception;
  #carrying = false;

  /** `report` gets what is the broker's own fault, for its operator. */
  constructor(host: Host, limits: Limits, report: (text: string) => void = onStderr) {
    this.host = host;
    this.limits = limits;
    this.kernel = new Kernel(limits);
    this.incarnation = Buffer.from(host.random(8)).toString('hex');
    this.children = new Children(host, limits.children);
    this.dead = new DeadTasks({ now: () => host.now(), most: limits.deadTasks, report });
    this.#reception = new Reception(this);
    this.sleeps = new Sleeps(limits, {
      woken: (task, sleepers) => this.sessions.get(task)?.woken(sleepers),
      reaches: (task, { object, offset }) => this.memory?.vm.sleeps.reaches(task, object, offset) === true,
      listen: ({ object, offset, domain }) => this.memory?.vm.sleeps.listen(object, offset, domain) ?? 0,
      ignore: ({ object, offset, domain }) => this.memory?.vm.sleeps.ignore(object, offset, domain),
      wakeup: ({ object, offset, domain }, one) => this.memory?.vm.sleeps.wakeup(object, offset, domain, one) ?? true,
    });
  }

  /** Serves a stranger, who has come by the socket: one task at first, and one more per route it adopts. */
  accept(link: Link, grants: () => Grants, onGone?: () => void): void {
    this.#reception.receive(link, false, grants, onGone);
  }

  /** The same for a link of the broker's own making, or its starter's. */
  attach(link: Link, grants: () => Grants, onGone?: () => void): void {
    this.#reception.receive(link, true, grants, onGone);
  }

  /** A task asks for another one on a route of its own link: a worker thread of its process. */
  adopt(parent: Session, route: number, grants: Grants): void {
    this.#reception.adopt(parent, route, grants);
    this.carryOut();
  }

  /** The task leaves in good order. Everything it sent before has been handled. */
  detach(session: Session): void {
    session.link.send(encodeHead({ kind: MESSAGES.goodbye.id }));
    this.end(session);
    this.#reception.part(session.link);
  }

  /** The task broke the protocol, or a limit. Nobody else notices. */
  expel(session: Session, error: unknown): void {
    this.#reception.refuse(session.link, session, error);
    this.end(session);
  }

  /** The process at the other end made a mess of its link: with the main task, those on routes go too. */
  expelMain(main: Link, error: unknown): void {
    const session = [...this.sessions.values()].find(({ link }) => link === main);
    if (session === undefined) this.#reception.refuse(main, stranger(main), error);
    else this.expel(session, error);
  }

  /** The task sends and does not read. There is no way to tell it, and what waits for it is dropped. */
  cutOff(session: Session): void {
    if (!this.sessions.has(session.task)) return;
    const { unreadBytesPerTask } = this.limits;
    const text = `${unreadBytesPerTask} bytes wait to be read by this task, and more (unreadBytesPerTask); it has to read what it asks for`;
    this.dead.cutOff(session, new IpcError('ELIMIT', text, { object: session.label }));
    session.link.destroy();
    this.end(session);
  }

  /** The task is gone. Answers whether it had not been before. */
  end(session: Session): boolean {
    if (!this.sessions.delete(session.task)) return false;
    session.ended();
    this.sleeps.taskEnded(session.task);
    this.memory?.taskEnded(session.task, () => isGone(session));
    this.kernel.endTask(session.task);
    this.carryOut();
    return true;
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

  /** Whether nobody is attached but the broker's own task, and nobody waits to be. */
  get isEmpty(): boolean {
    return this.#reception.links <= 1;
  }

  /** Says goodbye to everybody; whoever has not taken it in `killGraceMs` is cut off. */
  close(): void {
    this.#reception.closes();
    for (const session of [...this.sessions.values()]) this.detach(session);
    this.sleeps[Symbol.dispose]();
  }

  #carryOutOne(effect: Effect): void {
    if (effect.type === 'died') return this.sleeps.portDied(effect.port);
    const session = this.sessions.get(effect.task);
    if (session === undefined) return;
    try {
      session.onEffect(effect);
    } catch (error) {
      this.expel(session, error);
    }
  }
}

/** Whether no access of this task can go on. What ran in this very process, or in a thread, ends with its link. */
function isGone({ pid, threadId }: Session): boolean {
  if (threadId !== 0 || pid === process.pid) return true;
  try {
    // One that nobody has reaped has its number still, and does nothing more.
    const [, state] = readFileSync(`/proc/${pid}/stat`, 'latin1').match(/\) (.)/) ?? [];
    return state === 'Z' || state === 'X';
  } catch (error) {
    return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
  }
}

function onStderr(text: string): void {
  process.stderr.write(`${text}\n`);
}

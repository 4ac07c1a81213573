import type { Code, ErrorCode } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { drain } from './calls/serve.ts';
import { transfer } from './calls/transfer.ts';
import { caughtUp, settle } from './deliver.ts';
import { Fifo } from './fifo.ts';
import { inspect } from './inspect.ts';
import type { Snapshot } from './inspect.ts';
import { findTask } from './lookup.ts';
import { RULES } from './rules.ts';
import type { Rules } from './rules.ts';
import type { State } from './state.ts';
import { killTask, makeTask } from './task.ts';
import { dispatch, HANDLERS } from './traps.ts';
import type { Handlers } from './traps.ts';
import { NULL_NAME } from './types.ts';
import type { Effect, Name, PortId, Result, RightSpec, TaskId, Trap } from './types.ts';

/**
 * Mach's port semantics (mach.md) as a synchronous state machine: a call comes in, a result goes out, and what else has to happen
 * is left in a list of effects. No clock, no randomness, no I/O: the same calls give the same answers.
 */
export class Kernel {
  readonly #state: State;
  readonly #handlers: Handlers;

  /** Tests replace single handlers or rules, to show that they would notice. */
  constructor(limits: Limits, replaced: { handlers?: Partial<Handlers>; rules?: Partial<Rules> } = {}) {
    this.#handlers = { ...HANDLERS, ...replaced.handlers };
    this.#state = {
      limits,
      rules: { ...RULES, ...replaced.rules },
      spaces: new Map(),
      nextTask: 1,
      nextPort: 1,
      nextRequest: 1,
      effects: [],
      stirred: [],
      doomed: new Fifo(),
    };
  }

  /** `self` is the new task's name for its own task port. `KERN_RESOURCE_SHORTAGE` at `limits.tasks`. */
  createTask(): { task: TaskId; self: Name } | { code: ErrorCode } {
    if (this.#state.spaces.size >= this.#state.limits.tasks) return { code: 'KERN_RESOURCE_SHORTAGE' };
    const { space, self } = makeTask(this.#state);
    return { task: space.id, self };
  }

  /** The task is gone, with all it held (mach.md §14). Ending an unknown task does nothing. */
  endTask(task: TaskId): void {
    const space = this.#state.spaces.get(task);
    if (space === undefined) return;
    killTask(this.#state, space);
    settle(this.#state);
  }

  /**
   * One kernel call of a task; a `port_` call may be made on the task whose task port is `on`, by the caller's name for it. NULL: on
   * the caller itself. `KERN_INVALID_TASK` if the caller is unknown or gone, `MACH_SEND_INVALID_DEST` if `on` names no task,
   * `KERN_INVALID_ARGUMENT` for what is not done on another; further codes as mach.md §3, §7, §8 and §10 say.
   */
  handle(task: TaskId, trap: Trap, on: Name = NULL_NAME): Result {
    const caller = this.#state.spaces.get(task);
    if (caller === undefined) return { code: 'KERN_INVALID_TASK' };
    const space = findTask(caller, on);
    if (space === undefined) return { code: 'MACH_SEND_INVALID_DEST' };
    if (space !== caller && !trap.op.startsWith('port_')) return { code: 'KERN_INVALID_ARGUMENT' };
    const result = dispatch(this.#handlers, trap.op, this.#state, space, trap, caller);
    settle(this.#state);
    return result;
  }

  /** Gives a right of one task to another, which both did not ask for: how a new task gets its first rights. */
  grant(from: TaskId, right: RightSpec, to: TaskId): Result {
    const giver = this.#state.spaces.get(from);
    const receiver = this.#state.spaces.get(to);
    if (giver === undefined || receiver === undefined) return { code: 'KERN_INVALID_TASK' };
    const result = transfer(this.#state, giver, right, receiver);
    settle(this.#state);
    return result;
  }

  /** What this task has queued is bounded by the host, whose own it is, and not by `limits.queuedBytesPerTask`. */
  trust(task: TaskId): void {
    const space = this.#state.spaces.get(task);
    if (space !== undefined) space.isTrusted = true;
  }

  /** The task whose task port `name` is, by that task's name for it; NULL: `caller` itself. Undefined if it is none. */
  taskAt(caller: TaskId, name: Name): TaskId | undefined {
    const space = this.#state.spaces.get(caller);
    return space === undefined ? undefined : findTask(space, name)?.id;
  }

  /**
   * Which port the task's name is for, for a host that keeps something by it: it is told when the port dies. `KERN_INVALID_RIGHT`: the name
   * is for no send or receive right; `MACH_SEND_INVALID_DEST`: the port is dead.
   */
  watch(task: TaskId, name: Name): { port: PortId } | { code: ErrorCode } {
    const entry = this.#state.spaces.get(task)?.entries.get(name);
    if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
    if (entry.kind === 'dead') return { code: 'MACH_SEND_INVALID_DEST' };
    if (entry.kind !== 'port') return { code: 'KERN_INVALID_RIGHT' };
    entry.port.isWatched = true;
    return { port: entry.port.id };
  }

  /**
   * Asks the task that serves this port to stop taking. It is pushed nothing more, and answers with the kernel call `drained`.
   * `KERN_INVALID_ARGUMENT` if it does not serve the port, or has been asked already.
   */
  drain(task: TaskId, name: Name): Code {
    const space = this.#state.spaces.get(task);
    return space === undefined ? 'KERN_INVALID_TASK' : drain(this.#state, space, name);
  }

  /**
   * The host has passed on all that it was given for this task. Until it says so again it gets no more than `limits.linkBytes` of
   * messages, and the last of them whole: the rest stay queued, at the charge of those who sent them.
   */
  caughtUp(task: TaskId): void {
    const space = this.#state.spaces.get(task);
    if (space !== undefined) caughtUp(this.#state, space);
  }

  /** What the calls since the last time ask the host to do, in order. */
  takeEffects(): Effect[] {
    const { effects } = this.#state;
    this.#state.effects = [];
    return effects;
  }

  inspect(): Snapshot {
    return inspect(this.#state);
  }
}

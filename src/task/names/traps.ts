import { type Name, NULL_NAME } from '../../kernel/types.ts';
import type { Task } from '../task.ts';
import type { MsgOptions, MsgResult } from './message.ts';
import { msg } from './msg.ts';
import { otherNameOf } from './numbers.ts';
import { PortCalls } from './port-calls.ts';

/** All that a task can ask of the kernel by name: the calls on its own name space, on another task's, and messages. */
export class Traps extends PortCalls {
  readonly #task: Task;

  /** @internal */
  constructor(task: Task) {
    super(task, NULL_NAME);
    this.#task = task;
  }

  /** This task's name for its own task port (mach_task_self): whoever is given a right to it can make these calls `on` it. */
  get self(): Name {
    return this.#task.welcome.taskPort;
  }

  /**
   * The same calls on the name space of the task whose task port `target` is. Names are that task's; a right that a call is given
   * or answers with (of `port_insert_right`, `port_extract_right`, `port_request_notification`) is this one's. Each answers
   * MACH_SEND_INVALID_DEST if `target` is no live task port.
   */
  on(target: Name): PortCalls {
    return new PortCalls(this.#task, otherNameOf(target));
  }

  /**
   * Sends a message, receives one, or the one after the other (mach.md §6–§8): see `MsgOptions` and `MsgResult`. A receive follows
   * only a send that answers 0; neither answers 0.
   *
   * @throws IpcError EINVAL: a timeout, size or id that is none
   */
  msg(options: MsgOptions): Promise<MsgResult> {
    return msg(this.#task, options);
  }
}

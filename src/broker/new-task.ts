import { IpcError } from '../errors.ts';
import { type Kernel, type Name, NULL_NAME, type RightSpec, type TaskId } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';

/** The rights a new task starts with beside its task port. */
export type Grants = {
  bootstrap?: Grant;
  host?: Grant;
  /** For a spawned task: what it shall load, and its name. */
  module?: string;
  label?: string;
};

type Grant = { from: TaskId; right: RightSpec };

/** A task that has not said hello yet, and the names it finds. */
export type Newcomer = {
  task: TaskId;
  taskPort: Name;
  bootstrap: Name;
  host: Name;
  module: string;
  label: string | undefined;
};

/** Makes a task and gives it its first rights. Throws `ELIMIT` when the broker is full. */
export function newTask(kernel: Kernel, limits: Limits, grants: Grants): Newcomer {
  const made = kernel.createTask();
  if ('code' in made) {
    throw new IpcError('ELIMIT', `this broker has ${limits.tasks} tasks (tasks); end some, or start another broker`);
  }
  const granted = (grant: Grant | undefined): Name =>
    grant === undefined ? NULL_NAME : (kernel.grant(grant.from, grant.right, made.task).name ?? NULL_NAME);
  return {
    task: made.task,
    taskPort: made.self,
    bootstrap: granted(grants.bootstrap),
    host: granted(grants.host),
    module: grants.module ?? '',
    label: grants.label,
  };
}

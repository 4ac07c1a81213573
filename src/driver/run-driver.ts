import { DISP } from '../kernel/types.ts';
import { SendRight, type Task } from '../task/index.ts';
import { encodeErrorBody } from '../wire/error-body.ts';
import { instantiate } from './instance.ts';
import { loadDriver } from './load-driver.ts';
import { Parent } from './parent.ts';
import { makeStub, portOf } from './stub.ts';

/** The task was started for one driver: asks the opener what to run, runs it, and returns when the driver has ended. */
export async function runDriver(task: Task): Promise<void> {
  const parent = task.arrive({ disp: DISP.MOVE_SEND, name: task.welcome.bootstrap });
  if (parent instanceof SendRight) await serveFor(task, parent);
}

/** Runs the driver that the task behind `parent` describes, in this task. */
export async function serveFor(task: Task, parent: SendRight): Promise<void> {
  using stub = makeStub(Parent, parent);
  let instance;
  try {
    const { module, name, options, bootstrap } = await stub.describe();
    using _names = bootstrap ?? undefined;
    instance = await instantiate(task, await loadDriver(task.host, module), name, options, bootstrap);
  } catch (error) {
    await stub.failed({ error: encodeErrorBody(error) });
    return;
  }
  await stub.ready({ service: instance.service.right() });
  // The opener has gone. Others may hold rights to the driver: they do not keep it.
  portOf(stub).onDead(() => void instance.end());
  await instance.ended;
}

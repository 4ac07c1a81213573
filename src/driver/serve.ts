import { MAX_QLIMIT } from '../kernel/types.ts';
import { CheckPort, make, type ReceiveRight, type Task } from '../task/index.ts';
import { type Handlers, handlerTable, type ServeOptions, type Service } from './define-driver.ts';
import { DriverPort } from './driver-port.ts';
import type { Routines, Subsystem } from './subsystem.ts';

export type ServedPort = Service & {
  /** Settles once no handler is running and nothing waits. */
  idle(): Promise<void>;
  /** Closes once what was sent so far is served, whoever could still send. */
  end(): Promise<void>;
};

/** Makes a port of `task` that runs `handlers`. It is closed when its last sender goes, or by `close`. */
export function serve<R extends Routines>(
  task: Task,
  name: string,
  subsystem: Subsystem<R>,
  handlers: Handlers<R>,
  options: ServeOptions = {},
): ServedPort {
  const port = task.allocate({ label: name, qlimit: MAX_QLIMIT });
  const agent = new DriverPort(handlerTable(subsystem, handlers), {
    serial: options.serial === true,
    onOneWayError: (error) =>
      task.warn(`${name}: a one-way call failed, and there is no caller to tell: ${describe(error)}`),
  });
  port.serveTaking(task.check ? new CheckPort(task, agent) : agent);
  port.onNoSenders(() => void endOnceServed(port, agent, () => options.onNoSenders?.()));
  const close = (): void => {
    port.destroy();
    agent.refuseWaiting();
  };
  return {
    right: () => make.send(port),
    close,
    idle: () => agent.idle(),
    async end() {
      await untilServed(port, agent);
      close();
    },
  };
}

/** Nobody can send any more. What was sent before is still served, and that may have made new senders. */
async function endOnceServed(port: ReceiveRight, agent: DriverPort, ended: () => void): Promise<void> {
  await untilServed(port, agent);
  if (port.isDestroyed) return;
  if (port.hasSenders) return port.onNoSenders(() => void endOnceServed(port, agent, ended));
  ended();
  port.destroy();
}

async function untilServed(port: ReceiveRight, agent: DriverPort): Promise<void> {
  do await agent.started();
  while (!port.isDestroyed && (await port.hasMessages()));
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

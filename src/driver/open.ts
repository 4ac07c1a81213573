import type { SendRight, Task } from '../task/index.ts';
import { instantiate } from './instance.ts';
import { loadDriver } from './load-driver.ts';
import { serveParent } from './parent-port.ts';

/** What to open, resolved. */
export type DriverSpec = {
  /** URL of the module. */
  module: string;
  name: string;
  options: unknown;
  /** The name service the driver gets. */
  bootstrap: SendRight | null;
  onOutput: (stream: 'stdout' | 'stderr', line: string) => void;
};

/** A running driver, as its opener has it. */
export type Opened = {
  /** A send right to its main port, the opener's to release. */
  service: SendRight;
  /** Settles once it has gone: ended by itself, crashed, or killed. */
  gone: Promise<void>;
  /** The opener does not care any more: whatever is still there of it shall end. */
  abandon(): void;
};

/** Starts the driver in the opener's own task: its handlers run in the caller. */
export async function openInline(task: Task, spec: DriverSpec): Promise<Opened> {
  const { service, ended } = await instantiate(
    task,
    await loadDriver(task.host, spec.module),
    spec.name,
    spec.options,
    spec.bootstrap,
  );
  return { service: service.right(), gone: ended, abandon: () => service.close() };
}

/**
 * Starts the driver in another task, by `start`, which gives that task the right it is handed and answers how to end it by
 * force. The new task asks on its right what to run, and answers on it with the driver's port, or why there is none.
 */
export async function openElsewhere(
  task: Task,
  spec: DriverSpec,
  start: (parent: SendRight) => Promise<() => void>,
): Promise<Opened> {
  const parent = serveParent(task, spec);
  let kill = (): void => undefined;
  const abandon = (): void => {
    parent.close();
    kill();
  };
  try {
    kill = await start(parent.right());
    return { service: await parent.ready, gone: parent.gone, abandon };
  } catch (error) {
    abandon();
    throw error;
  }
}

import { IpcError } from '../errors.ts';
import type { ChildExit } from '../host/host.ts';
import { copy, type SendRight, type Task } from '../task/index.ts';
import { decodeErrorBody } from '../wire/error-body.ts';
import { instantiate } from './instance.ts';
import { loadDriver } from './load-driver.ts';
import { Parent } from './parent.ts';
import { serve } from './serve.ts';

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
  let settle: (service: SendRight) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  let left: () => void = () => undefined;
  const ready = new Promise<SendRight>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  // Nobody looks at it if the start itself fails: that error is the one to tell.
  ready.catch(() => undefined);
  const gone = new Promise<void>((resolve) => {
    left = resolve;
  });
  const parent = serve(
    task,
    `parent of ${spec.name}`,
    Parent,
    {
      describe: () => ({
        module: spec.module,
        name: spec.name,
        options: spec.options,
        bootstrap: spec.bootstrap === null ? null : copy(spec.bootstrap),
      }),
      ready: ({ service }) => settle(service),
      failed: ({ error }) => fail(decodeErrorBody(error)),
      output: ({ stream, line }) => spec.onOutput(stream, line),
      exited: (exit) => fail(endedEarly(spec.name, exit)),
    },
    {
      onNoSenders() {
        fail(endedEarly(spec.name));
        left();
      },
    },
  );
  void task.closed.then(() => {
    fail(
      new IpcError('EBROKERDIED', `the broker went away while the driver ${spec.name} started`, {
        op: 'open',
        object: spec.name,
      }),
    );
    left();
  });
  try {
    const kill = await start(parent.right());
    const abandon = (): void => {
      parent.close();
      kill();
    };
    return { service: await ready, gone, abandon };
  } catch (error) {
    parent.close();
    throw error;
  }
}

function endedEarly(name: string, exit?: ChildExit): IpcError {
  const how = exit === undefined ? '' : ` (${exit.signal ?? `exit code ${exit.code}`})`;
  return new IpcError('ESPAWN', `the driver ${name} ended${how} before it was ready; its output says why`, {
    op: 'open',
    object: name,
  });
}

import { IpcError } from '../errors.ts';
import type { ChildExit } from '../host/host.ts';
import { copy, deferred, type SendRight, type Task } from '../task/index.ts';
import { decodeErrorBody } from '../wire/error-body.ts';
import type { DriverSpec } from './open.ts';
import { Parent } from './parent.ts';
import { serve } from './serve.ts';

/** The opener's end of a driver that runs in another task. */
export type ParentPort = {
  /** The right that the new task is born with. */
  right(): SendRight;
  /** The driver's main port; rejects if there will be none. */
  ready: Promise<SendRight>;
  /** Settles once the driver's task has gone, or nobody can know any more. */
  gone: Promise<void>;
  close(): void;
};

/** Tells a new task what to run, and learns on the same port what becomes of it. */
export function serveParent(task: Task, spec: DriverSpec): ParentPort {
  const { module, name, options, bootstrap, onOutput } = spec;
  const ready = deferred<SendRight>();
  const gone = deferred();
  let isRunning = false;
  let linkWatch: Disposable | undefined;
  // Nobody looks at it if the start itself fails: that error is the one to tell.
  ready.promise.catch(() => undefined);
  const port = serve(
    task,
    `parent of ${name}`,
    Parent,
    {
      describe: () => ({ module, name, options, bootstrap: bootstrap === null ? null : copy(bootstrap) }),
      ready({ service }) {
        isRunning = true;
        ready.resolve(service);
      },
      failed: ({ error }) => ready.reject(decodeErrorBody(error)),
      output: ({ stream, line }) => onOutput(stream, line),
      exited(exit) {
        if (!isRunning) ready.reject(endedEarly(name, ` (${howEnded(exit)})`));
        else if (exit.code !== 0) onOutput('stderr', `ended: ${howEnded(exit)}`);
      },
    },
    {
      onNoSenders() {
        ready.reject(endedEarly(name, ''));
        leave();
      },
    },
  );
  // Runs at once on a task whose link is gone already.
  linkWatch = task.onClosed(() => {
    ready.reject(brokerWent(name));
    leave();
  });

  return {
    right: () => port.right(),
    ready: ready.promise,
    gone: gone.promise,
    close() {
      port.close();
      leave();
    },
  };

  function leave(): void {
    linkWatch?.[Symbol.dispose]();
    gone.resolve();
  }
}

function brokerWent(name: string): IpcError {
  return new IpcError('EBROKERDIED', `the broker went away while the driver ${name} started`, {
    op: 'open',
    object: name,
  });
}

function endedEarly(name: string, how: string): IpcError {
  return new IpcError('ESPAWN', `the driver ${name} ended${how} before it was ready; its output says why`, {
    op: 'open',
    object: name,
  });
}

function howEnded({ code, signal }: ChildExit): string {
  return signal ?? `exit code ${code}`;
}

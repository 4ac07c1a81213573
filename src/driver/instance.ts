import { copy, deferred, type SendRight, type Task } from '../task/index.ts';
import { Bootstrap } from './bootstrap-subsystem.ts';
import type { Driver, DriverEnv, Handlers, ServeOptions, Service } from './define-driver.ts';
import { serve, type ServedPort } from './serve.ts';
import { makeStub } from './stub.ts';
import type { Routines, Subsystem } from './subsystem.ts';

export type Instance = {
  /** Of the driver's main port. */
  service: Service;
  /** Settles once the driver has ended: no sender is left on any of its ports, and its `onClose` functions have run. */
  ended: Promise<void>;
  /** Ends it, whoever could still send to it, once what was sent so far is served. */
  end(): Promise<void>;
};

/** Starts a driver in `task`: one run of its factory, one set of ports, one state. */
export async function instantiate(
  task: Task,
  driver: Driver,
  name: string,
  options: unknown,
  bootstrap: SendRight | null,
): Promise<Instance> {
  const closers: (() => void | Promise<void>)[] = [];
  const open = new Set<ServedPort>();
  const ended = deferred();
  const end = async (port: ServedPort): Promise<void> => {
    await port.idle();
    if (open.delete(port) && open.size === 0) await finish();
  };
  const finish = async (): Promise<void> => {
    for (const close of closers.reverse()) {
      // One that fails must not keep the others from their work, nor the driver from its end.
      try {
        await close();
      } catch (error) {
        task.warn(`${name}: an onClose function failed: ${String(error)}`);
      }
    }
    env.names?.[Symbol.dispose]();
    ended.resolve();
  };
  const serveOne = <R extends Routines>(
    subsystem: Subsystem<R>,
    handlers: Handlers<R>,
    { onNoSenders, ...rest }: ServeOptions,
  ): Service => {
    const port: ServedPort = serve(task, `${name}:${subsystem.name}`, subsystem, handlers, {
      ...rest,
      onNoSenders: () => {
        onNoSenders?.();
        void end(port);
      },
    });
    open.add(port);
    return {
      right: () => port.right(),
      close() {
        port.close();
        void end(port);
      },
    };
  };
  const env: DriverEnv = {
    options,
    name,
    task,
    names: bootstrap === null ? null : makeStub(Bootstrap, copy(bootstrap)),
    serve: (subsystem, handlers, serveOptions = {}) => serveOne(subsystem, handlers, serveOptions),
    onClose: (fn) => closers.push(fn),
  };
  try {
    const handlers = await driver.factory(env);
    return {
      service: serveOne(driver.subsystem, handlers, { serial: driver.serial }),
      ended: ended.promise,
      async end() {
        const ending = [...open].map(async (port) => {
          await port.end();
          await end(port);
        });
        await Promise.all(ending);
      },
    };
  } catch (error) {
    for (const port of open) port.close();
    await finish();
    throw error;
  }
}

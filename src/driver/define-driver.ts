import { IpcError } from '../errors.ts';
import type { CallContext, SendRight, Task } from '../task/index.ts';
import type { Bootstrap } from './bootstrap-subsystem.ts';
import type { Handler } from './driver-port.ts';
import type { Stub } from './stub.ts';
import { describeSubsystem, Describing } from './subsystem.ts';
import type { AnswerOf, AnyRoutine, Routines, Subsystem, TakenOf } from './subsystem.ts';
import { validatedHandler } from './validated.ts';

type HandlerOf<T extends AnyRoutine> = (args: TakenOf<T>, ctx: CallContext) => AnswerOf<T> | PromiseLike<AnswerOf<T>>;

/** One function per routine. It runs in the caller where the placement allows: it must not block. */
export type Handlers<R extends Routines> = { readonly [K in keyof R]: HandlerOf<R[K]> };

/** What a driver is given when it is opened. */
export interface DriverEnv {
  /** `open`'s options, as the opener gave them: check them. */
  readonly options: unknown;
  /** The driver's name in errors, output labels and `easync ps`. */
  readonly name: string;
  /** The task it runs in: for ports, sets and kernel calls of its own. Inline it is the opener's. */
  readonly task: Task;
  /** The name service, or null if the opener has none. It is released when the driver ends. */
  readonly names: Stub<typeof Bootstrap> | null;
  /** Makes a port of its own for, say, one open file. It ends when its last sender goes, or by `close`. */
  serve<R extends Routines>(subsystem: Subsystem<R>, handlers: Handlers<R>, options?: ServeOptions): Service;
  /** Runs when the driver ends: its opener has gone, or its process is told to stop. */
  onClose(fn: () => void | Promise<void>): void;
}

export type ServeOptions = {
  /** Runs once, when nobody holds a send right any more; the port is closed afterwards. */
  onNoSenders?: () => void;
  serial?: boolean;
};

export type Service = {
  /** A fresh send right. Put it into one reply or argument; it is moved with it. */
  right(): SendRight;
  close(): void;
};

export type DriverFactory<R extends Routines> = (env: DriverEnv) => Handlers<R> | Promise<Handlers<R>>;

/** A driver: an implementation of a subsystem that runs in any placement. State lives in the factory's closure, one per `open`. */
export type Driver<R extends Routines = Routines> = {
  readonly [DRIVER]: true;
  readonly subsystem: Subsystem<R>;
  readonly factory: DriverFactory<R>;
  readonly serial: boolean;
};

/** Recognises drivers made by another copy of this package. */
const DRIVER = Symbol.for('easync.driver');

/** A module's default export becomes a driver: `export default defineDriver(Block, (env) => ({ read(…) {…} }))`. */
export function defineDriver<R extends Routines>(
  subsystem: Subsystem<R>,
  factory: DriverFactory<R>,
  options: { serial?: boolean } = {},
): Driver<R> {
  return { [DRIVER]: true, subsystem, factory, serial: options.serial === true };
}

export function isDriver(value: unknown): value is Driver {
  return typeof value === 'object' && value !== null && DRIVER in value;
}

/** Routine number → handler. Nothing but the declared names becomes callable, whatever else the object has. */
export function handlerTable<R extends Routines>(
  subsystem: Subsystem<R>,
  handlers: Handlers<R>,
): ReadonlyMap<number, Handler> {
  const describe = (): unknown => describeSubsystem(subsystem);
  const table = new Map<number, Handler>(Array.from(Describing.ids.values(), (id) => [id, describe]));
  for (const [key, id] of subsystem.ids) {
    const handler: unknown = handlers[key as keyof R];
    if (typeof handler !== 'function') {
      throw new IpcError('EMODULE', `the driver of subsystem ${subsystem.name} has no function '${key}'`);
    }
    const bound = handler.bind(handlers) as Handler;
    table.set(id, validatedHandler(bound, subsystem.routines[key]?.schemas, `${subsystem.name}.${key}`));
  }
  return table;
}

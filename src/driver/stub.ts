import { IpcError } from '../errors.ts';
import type { SendRight } from '../task/index.ts';
import { type CallOptions, routineCaller } from './invoke.ts';
import { validatedCaller } from './validated.ts';
import type { AnyRoutine, ArgsOf, ResultOf, Routines, Subsystem } from './subsystem.ts';

type Method<T extends AnyRoutine> = [ArgsOf<T>] extends [void]
  ? (args?: undefined, options?: CallOptions) => ResultOf<T> | Promise<ResultOf<T>>
  : (args: ArgsOf<T>, options?: CallOptions) => ResultOf<T> | Promise<ResultOf<T>>;

/**
 * A client's view of a port: one method per routine. A method answers the value itself when the call completed in place,
 * else a promise; it never throws: every failure is a rejected promise. Disposing it releases its send right.
 */
export type Stub<S extends Subsystem> = { readonly [K in keyof S['routines']]: Method<S['routines'][K]> } & Disposable;

export type StubOptions = {
  /**
   * Check on this side too, by the routines' schemas: arguments before they leave, results as they come. For servers that are
   * not trusted; a schema that changes what it checks is for the server's side alone.
   */
  validate?: boolean;
};

/** Makes a stub that owns `right`. */
export function makeStub<R extends Routines>(
  subsystem: Subsystem<R>,
  right: SendRight,
  { validate = false }: StubOptions = {},
): Stub<Subsystem<R>> {
  right.arrive();
  const stub = { [Symbol.dispose]: () => right.deallocate() };
  for (const [key, id] of subsystem.ids) {
    const { kind, schemas } = subsystem.routines[key] ?? {};
    const object = `${subsystem.name}.${key}`;
    const call = routineCaller(right, id, object, kind === 'simpleroutine');
    Object.defineProperty(stub, key, {
      enumerable: true,
      value: validate ? validatedCaller(call, schemas, object) : call,
    });
  }
  RIGHTS.set(stub, right);
  return stub as Stub<Subsystem<R>>;
}

/** The send right behind a stub: to pass it on, `copy(portOf(disk))`. It stays the stub's. */
export function portOf(stub: object): SendRight {
  const right = RIGHTS.get(stub);
  if (right === undefined) throw new IpcError('EINVAL', 'portOf: this is not a stub');
  return right;
}

const RIGHTS = new WeakMap<object, SendRight>();

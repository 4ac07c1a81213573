import { IpcError } from '../errors.ts';
import type { SendRight } from '../task/index.ts';
import { type CallOptions, routineCaller } from './invoke.ts';
import type { AnyRoutine, ArgsOf, ResultOf, Routines, Subsystem } from './subsystem.ts';

type Method<T extends AnyRoutine> = [ArgsOf<T>] extends [void]
  ? (args?: undefined, options?: CallOptions) => ResultOf<T> | Promise<ResultOf<T>>
  : (args: ArgsOf<T>, options?: CallOptions) => ResultOf<T> | Promise<ResultOf<T>>;

/**
 * A client's view of a port: one method per routine. A method answers the value itself when the call completed in place,
 * else a promise; it never throws: every failure is a rejected promise. Disposing it releases its send right.
 */
export type Stub<S extends Subsystem> = { readonly [K in keyof S['routines']]: Method<S['routines'][K]> } & Disposable;

/** Makes a stub that owns `right`. */
export function makeStub<R extends Routines>(subsystem: Subsystem<R>, right: SendRight): Stub<Subsystem<R>> {
  right.arrive();
  const stub = { [Symbol.dispose]: () => right.deallocate() };
  for (const [key, id] of subsystem.ids) {
    const oneWay = subsystem.routines[key]?.kind === 'simpleroutine';
    Object.defineProperty(stub, key, {
      enumerable: true,
      value: routineCaller(right, id, `${subsystem.name}.${key}`, oneWay),
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

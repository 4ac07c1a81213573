import { IpcError } from '../errors.ts';
import { beginMsg, EASYNC, waitMsg, type WaitOptions } from '../msgport/index.ts';
import { Call, type CallContext, failureOf, releaseRights, type SendRight } from '../task/index.ts';
import type { AnyRoutine, ArgsOf, ResultOf, Routines, Subsystem } from './subsystem.ts';

export type CallOptions = {
  /** Asks the driver for an early end. The call still ends by its reply. */
  signal?: AbortSignal;
  /** Stop waiting after this long: the call fails with `ETIMEDOUT`, the driver is asked to stop, a late reply is dropped. */
  timeoutMs?: number;
  /** 16 bytes that name a chain of calls which starts here; handlers find it in their context. */
  trace?: Uint8Array;
  /** The call this one is made for: its trace goes along, and its deadline bounds this one. */
  parent?: CallContext;
};

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
    const object = `${subsystem.name}.${key}`;
    Object.defineProperty(stub, key, {
      enumerable: true,
      value: (args: unknown, options?: CallOptions) => invoke(right, id, oneWay, object, args, options),
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

function invoke(
  right: SendRight,
  id: number,
  oneWay: boolean,
  object: string,
  args: unknown,
  options: CallOptions | undefined,
): unknown {
  if (right.isReleased) return Promise.reject(released(object));
  const call = new Call(id, args);
  call.oneWay = oneWay;
  call.label = object;
  if (options !== undefined) {
    const refusal = applyOptions(call, options, right.task.host.now());
    if (refusal !== undefined) return Promise.reject(refusal);
  }
  const code = beginMsg(right, call);
  if (code === 0) return call.result;
  if (code !== EASYNC) return Promise.reject(failureOf(call, code, object));
  return options === undefined ? settle(call, object) : settleWithOptions(right, call, object, options);
}

async function settle(call: Call, object: string, options?: WaitOptions): Promise<unknown> {
  const code = await waitMsg(call, options);
  if (code !== 0) throw failureOf(call, code, object);
  return call.result;
}

function applyOptions(call: Call, options: CallOptions, now: number): IpcError | undefined {
  const { parent, timeoutMs } = options;
  if (timeoutMs !== undefined && !(timeoutMs >= 0)) {
    return new IpcError('EINVAL', `timeoutMs must be a number of milliseconds ≥ 0, not ${String(timeoutMs)}`);
  }
  call.allowAbort();
  call.trace = options.trace;
  if (parent !== undefined) {
    call.trace = parent.trace;
    call.deadline = parent.deadline;
  }
  if (timeoutMs !== undefined) {
    const deadline = now + timeoutMs;
    call.deadline = call.deadline === 0 ? deadline : Math.min(call.deadline, deadline);
  }
  return undefined;
}

/** The reply is still the only thing that ends the message; a timeout merely ends our waiting for it. */
async function settleWithOptions(right: SendRight, call: Call, object: string, options: CallOptions): Promise<unknown> {
  const reply = settle(call, object, { signal: options.signal });
  if (call.deadline === 0) return reply;
  const { expired, timer } = right.task.expire(call, object);
  // Where nothing drops a late reply on its way, it comes here: the rights in it are nobody's.
  expired.catch(() => reply.then(releaseRights, () => undefined));
  try {
    return await Promise.race([reply, expired]);
  } finally {
    timer[Symbol.dispose]();
  }
}

function released(object: string): IpcError {
  return new IpcError('ERELEASED', `${object}: the stub was disposed; open or bind it again`, {
    object,
    handled: 'no',
  });
}

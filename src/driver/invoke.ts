import { IpcError } from '../errors.ts';
import { beginMsg, EASYNC, waitMsg, type WaitOptions } from '../msgport/index.ts';
import {
  Call,
  type CallContext,
  expire,
  failureOf,
  memoryArrives,
  releaseRights,
  type SendRight,
} from '../task/index.ts';

export type CallOptions = {
  /** Asks the driver for an early end. The call still ends by its reply. */
  signal?: AbortSignal;
  /** Stop waiting after this long: the call fails with `ETIMEDOUT`, the driver is asked to stop, a late reply is dropped. */
  timeoutMs?: number;
  /**
   * Not to wait for room in a full queue: the call fails with `MACH_SEND_TIMED_OUT`, `handled: 'no'`, the rights it
   * carried released, but a receive right is its handle's again and what was moved can be sent again. `SendRight.onSendPossible` tells when to try again.
   */
  poll?: boolean;
  /** 16 bytes that name a chain of calls which starts here; handlers find it in their context. */
  trace?: Uint8Array;
  /** The call this one is made for: its trace goes along, and its deadline bounds this one. */
  parent?: CallContext;
};

/**
 * The function behind one method of a stub: makes a message of the arguments, sends it, and answers its result, or a promise
 * if it did not complete on the spot. `object` names the routine in error texts.
 */
export function routineCaller(
  right: SendRight,
  id: number,
  object: string,
  oneWay: boolean,
): (args: unknown, options?: CallOptions) => unknown {
  /** A message that came back in the call: good for the next one, so that calls in place leave no garbage. */
  let spare: Call | null = null;

  return (args, options) => {
    if (right.isReleased) return Promise.reject(released(object));
    const call = spare ?? newCall();
    spare = null;
    call.body = args;
    if (options !== undefined) {
      const refusal = applyOptions(call, options, right.task.host.now());
      if (refusal !== undefined) return Promise.reject(refusal);
    }
    const code = beginMsg(right, call);
    if (code === EASYNC) {
      return options === undefined ? settle(call, object) : settleWithOptions(right, call, object, options);
    }
    if (code !== 0) return Promise.reject(failureOf(call, code, object));
    const { result } = call;
    memoryArrives(result);
    // A one-way call is over for us; its handler may have it still.
    if (!oneWay && options === undefined && call.isPristine) {
      call.body = call.result = undefined;
      spare = call;
    }
    return result;
  };

  function newCall(): Call {
    const call = new Call(id, undefined);
    call.oneWay = oneWay;
    call.label = object;
    return call;
  }
}

async function settle(call: Call, object: string, options?: WaitOptions): Promise<unknown> {
  const code = await waitMsg(call, options);
  if (code !== 0) throw failureOf(call, code, object);
  memoryArrives(call.result);
  return call.result;
}

/** Longer than anybody waits, and short enough to be added to a time. */
const FOR_EVER_MS = 2 ** 50;

function applyOptions(call: Call, options: CallOptions, now: number): IpcError | undefined {
  const { parent, timeoutMs } = options;
  if (timeoutMs !== undefined && !(timeoutMs >= 0)) {
    return new IpcError('EINVAL', `timeoutMs must be a number of milliseconds ≥ 0, not ${String(timeoutMs)}`);
  }
  if (options.trace !== undefined && options.trace.length !== 16) {
    return new IpcError('EINVAL', `a trace has 16 bytes, not ${options.trace.length}`);
  }
  call.allowAbort();
  call.poll = options.poll === true;
  call.trace = options.trace;
  if (parent !== undefined) {
    call.trace = parent.trace;
    call.deadline = parent.deadline;
  }
  if (timeoutMs !== undefined && timeoutMs < FOR_EVER_MS) {
    const deadline = now + timeoutMs;
    call.deadline = call.deadline === 0 ? deadline : Math.min(call.deadline, deadline);
  }
  return undefined;
}

/** The reply is still the only thing that ends the message; a timeout merely ends our waiting for it. */
async function settleWithOptions(right: SendRight, call: Call, object: string, options: CallOptions): Promise<unknown> {
  const reply = settle(call, object, { signal: options.signal });
  if (call.deadline === 0) return reply;
  const { expired, timer } = expire(right.task, call, object);
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

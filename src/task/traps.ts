import { IpcError } from '../errors.ts';
import {
  decodeResult,
  encodeFields,
  encodeHead,
  type Fields,
  type Frame,
  type KernelCall,
  MESSAGES,
} from '../wire/index.ts';
import type { Task } from './task.ts';

export type TrapResult<K extends KernelCall> = ReturnType<typeof decodeResult<K>>;

/** Kernel calls by name. Everything a task does to its name space goes through here, in order with its messages. */
export class Traps {
  readonly #task: Task;
  readonly #waiting = new Map<
    number,
    { call: KernelCall; settle: (result: unknown) => void; fail: (error: unknown) => void }
  >();

  constructor(task: Task) {
    this.#task = task;
  }

  /** Makes the call without asking how it went: for those that cannot fail, or whose failure changes nothing. */
  post<K extends KernelCall>(call: K, fields: Fields<K>): void {
    this.#task.link.send(encodeHead({ kind: MESSAGES[call].id }), encodeFields(call, fields));
  }

  /** Makes the call and waits for its result; a code other than 0 is in the result, not thrown. */
  call<K extends KernelCall>(call: K, fields: Fields<K>): Promise<TrapResult<K>> {
    if (this.#task.isClosed) return Promise.reject(detached(call));
    const callId = this.#task.newTag();
    this.#task.link.send(encodeHead({ kind: MESSAGES[call].id, callId }), encodeFields(call, fields));
    return new Promise<unknown>((settle, fail) => {
      this.#waiting.set(callId, { call, settle, fail });
    }) as Promise<TrapResult<K>>;
  }

  onResult(frame: Frame): void {
    const waiting = this.#waiting.get(frame.header.callId);
    if (waiting === undefined) return;
    this.#waiting.delete(frame.header.callId);
    waiting.settle(decodeResult(waiting.call, Buffer.from(frame.body)));
  }

  closed(): void {
    for (const { call, fail } of this.#waiting.values()) fail(detached(call));
    this.#waiting.clear();
  }
}

function detached(op: string): IpcError {
  return new IpcError('EBROKERDIED', `${op}: this task is not attached to a broker any more`, { op });
}

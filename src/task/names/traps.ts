import { IpcError } from '../../errors.ts';
import { RIGHT, type Name } from '../../kernel/types.ts';
import {
  decodeFields,
  decodeResult,
  type Descriptor,
  encodeFields,
  encodeHead,
  type Fields,
  type Frame,
  type KernelCall,
  MESSAGES,
} from '../../wire/index.ts';
import { type Deferred, deferred } from '../deferred.ts';
import type { Task } from '../task.ts';

/** Code and reply fields of the call. `rights`: what came with a received message: local, remote, and those of its body. */
export type TrapResult<K extends KernelCall> = ReturnType<typeof decodeResult<K>> & { rights: readonly Descriptor[] };

type Waiting = { call: KernelCall; receiveId: number; result: Deferred<unknown> };

/**
 * Kernel calls by name: numbers in, codes out (mach.md §3). Everything a task does to its name space goes through here, in
 * order with its messages.
 */
export class Traps {
  readonly #task: Task;
  readonly #waiting = new Map<number, Waiting>();
  /** Receives that found no message, by `receiveId`. */
  readonly #receiving = new Map<number, Waiting>();

  constructor(task: Task) {
    this.#task = task;
  }

  /** @internal Makes the call without asking how it went: for those that cannot fail, or whose failure changes nothing. */
  post<K extends KernelCall>(call: K, fields: Fields<K>): void {
    this.#task.link.send(encodeHead({ kind: MESSAGES[call].id }), encodeFields(call, fields));
  }

  /**
   * Makes the call and waits for its result; a code other than 0 is in the result, not thrown. A `receive` that has to wait
   * settles with its message, or when a `receive_cancel` ends it.
   *
   * @throws IpcError EBROKERDIED; EINVAL for a field that its type cannot hold
   */
  call<K extends KernelCall>(call: K, fields: Fields<K>): Promise<TrapResult<K>>;
  async call(call: KernelCall, fields: Fields<KernelCall>): Promise<unknown> {
    if (this.#task.isClosed) throw detached(call);
    const body = encodeFields(call, fields);
    const callId = this.#task.newTag();
    const receiveId = 'receiveId' in fields ? fields.receiveId : 0;
    const waiting: Waiting = { call, receiveId, result: deferred() };
    this.#waiting.set(callId, waiting);
    this.#task.link.send(encodeHead({ kind: MESSAGES[call].id, callId }), body);
    this.#task.portEnds(endedBy(call, fields));
    return waiting.result.promise;
  }

  onResult(frame: Frame): void {
    const waiting = this.#waiting.get(frame.header.callId);
    if (waiting === undefined) return;
    this.#waiting.delete(frame.header.callId);
    const { call, receiveId, result } = waiting;
    const answer = decodeResult(call, Buffer.from(frame.body));
    if (call === 'receive' && answer.code === 'waiting') {
      this.#receiving.set(receiveId, waiting);
      return;
    }
    if (call === 'receive_cancel') this.#received(receiveId, { code: answer.code, rights: [] });
    result.resolve({ ...answer, rights: frame.descriptors });
  }

  /** A receive that waited has ended. */
  onReceived(frame: Frame): void {
    const answer = decodeFields('received', Buffer.from(frame.body));
    this.#received(frame.header.callId, { ...answer, rights: frame.descriptors });
  }

  closed(): void {
    for (const { call, result } of [...this.#waiting.values(), ...this.#receiving.values()])
      result.reject(detached(call));
    this.#waiting.clear();
    this.#receiving.clear();
  }

  #received(receiveId: number, answer: object): void {
    this.#receiving.get(receiveId)?.result.resolve(answer);
    this.#receiving.delete(receiveId);
  }
}

/** The port that this call destroys, if it is one that receives here. */
function endedBy(call: KernelCall, fields: Fields<KernelCall>): Name | undefined {
  if (!('name' in fields)) return undefined;
  if (call === 'port_destroy') return fields.name;
  const ends = call === 'port_mod_refs' && 'delta' in fields && fields.right === RIGHT.RECEIVE && fields.delta === -1;
  return ends ? fields.name : undefined;
}

function detached(op: string): IpcError {
  return new IpcError('EBROKERDIED', `${op}: this task is not attached to a broker any more`, { op });
}

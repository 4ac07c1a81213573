import { type Code, IpcError, ProtocolError } from '../../errors.ts';
import { DISP, type Name, NULL_NAME, RIGHT } from '../../kernel/types.ts';
import {
  decodeFields,
  decodeResult,
  type Descriptor,
  encodeFields,
  encodeHead,
  encodeResult,
  type Fields,
  type Frame,
  type Header,
  type KernelCall,
  MESSAGES,
} from '../../wire/index.ts';
import { onAbort } from '../../msgport/index.ts';
import { gate } from '../critical.ts';
import { type Deferred, deferred } from '../deferred.ts';
import { type BodyMemory, memoryOf } from '../messages/message-body.ts';
import type { Task } from '../task.ts';

/** Code and reply fields of the call; header, rights (local, remote, those of the body) and memory of a received message. */
export type TrapResult<K extends KernelCall> = ReturnType<typeof decodeResult<K>> & {
  rights: readonly Descriptor[];
  /** In the places of its descriptors among the rights of the body. */
  memory: BodyMemory;
  header: Header | undefined;
};

/**
 * How a send ended. `rights` and `memory`: those given back, in the order they were sent. `copiedIn`: how many items of the body the
 * kernel took of a message that it destroyed for the next.
 */
export type Sent = { code: Code; rights: readonly Descriptor[]; memory: BodyMemory; copiedIn: number };

/** `isInside`: whoever made the call is in a critical section. */
type Waiting = { call: KernelCall; receiveId: number; isInside: boolean; result: Deferred<unknown> };

/**
 * Kernel calls as frames: fields out, fields in. Everything a task does to its name space goes through here, in order with its
 * messages.
 */
export class KernelCalls {
  readonly #task: Task;
  readonly #waiting = new Map<number, Waiting>();
  /** Receives that found no message, by `receiveId`. */
  readonly #receiving = new Map<number, Waiting>();
  /** Sends by name, by `sendId`. */
  readonly #sending = new Map<number, Deferred<Sent>>();

  constructor(task: Task) {
    this.#task = task;
  }

  /** Makes the call without asking how it went: for those that cannot fail, or whose failure changes nothing. */
  post<K extends KernelCall>(call: K, fields: Fields<K>): void {
    this.#task.link.send(encodeHead({ kind: MESSAGES[call].id }), encodeFields(call, fields));
  }

  /**
   * Makes the call, on the task whose task port `on` is (NULL: this one), and waits for its result, or, of a vm call, until `signal` fires; a code other than 0 is in the result, not thrown. A `receive` that has to
   * wait settles with its message, or when a `receive_cancel` ends it.
   *
   * @throws IpcError EBROKERDIED; EINVAL for a field that its type cannot hold
   */
  call<K extends KernelCall>(call: K, fields: Fields<K>, on?: Name, signal?: AbortSignal): Promise<TrapResult<K>>;
  async call(
    call: KernelCall,
    fields: Fields<KernelCall>,
    on: Name = NULL_NAME,
    signal?: AbortSignal,
  ): Promise<unknown> {
    if (this.#task.isClosed) throw detached(call);
    const body = encodeFields(call, fields);
    const callId = this.#task.newTag();
    const cancel = (): void => this.post('vm_cancel', { callId });
    // What is no signal throws here, before the call has left: a lock would be granted to nobody.
    const listening = onAbort(signal, cancel);
    const receiveId = 'receiveId' in fields ? fields.receiveId : 0;
    const waiting: Waiting = { call, receiveId, isInside: gate.isInside, result: deferred() };
    this.#waiting.set(callId, waiting);
    const target = on === NULL_NAME ? [] : [{ disp: 0, name: on }];
    if (on === NULL_NAME) this.#task.portEnds(endedBy(call, fields));
    this.#task.link.send(encodeHead({ kind: MESSAGES[call].id, callId }, target), body);
    if (signal === undefined) return waiting.result.promise;
    if (signal.aborted) cancel();
    return waiting.result.promise.finally(() => listening[Symbol.dispose]());
  }

  /**
   * As `call`, for those who want nothing thrown: KERN_INVALID_TASK if the task has left its broker, EBROKERDIED if
   * the link ends before the result comes.
   */
  async ask<K extends KernelCall>(
    call: K,
    fields: Fields<K>,
    on?: Name,
    signal?: AbortSignal,
  ): Promise<TrapResult<K> & { code: Code }> {
    if (this.#task.isClosed) return unanswered(call, 'KERN_INVALID_TASK');
    try {
      const result = await this.call(call, fields, on, signal);
      mustBeSettled(call, result);
      return result;
    } catch (error) {
      if (IpcError.is(error) && error.code === 'EBROKERDIED') return unanswered(call, error.code);
      throw error;
    }
  }

  /** Sends a frame that asks for ACK under this `sendId`, and waits until it is known how that ended. */
  send(sendId: number, head: Buffer, body: Uint8Array, memory: readonly Uint8Array[]): Promise<Sent> {
    const sending = deferred<Sent>();
    this.#sending.set(sendId, sending);
    this.#task.link.send(head, body, memory);
    return sending.promise;
  }

  /** Whether it is the end of a send by name. */
  onSent(frame: Frame): boolean {
    const sending = this.#sending.get(frame.header.callId);
    if (sending === undefined) return false;
    this.#sending.delete(frame.header.callId);
    const { code } = decodeFields('sent', frame.body);
    const { descriptors: rights, header } = frame;
    sending.resolve({ code: settled('sent', code), rights, memory: memoryOf(frame), copiedIn: header.sequence });
    return true;
  }

  onResult(frame: Frame): void {
    const waiting = this.#waiting.get(frame.header.callId);
    if (waiting === undefined) return;
    this.#waiting.delete(frame.header.callId);
    const { call, receiveId } = waiting;
    const answer = decodeResult(call, Buffer.from(frame.body));
    if (call === 'receive' && answer.code === 'waiting') this.#receiving.set(receiveId, waiting);
    else answered(waiting, frame, answer);
  }

  /** A receive that waited has ended. */
  onReceived(frame: Frame): void {
    const receiveId = frame.header.callId;
    const answer = decodeFields('received', Buffer.from(frame.body));
    const waiting = this.#receiving.get(receiveId);
    this.#receiving.delete(receiveId);
    if (waiting !== undefined) answered(waiting, frame, answer);
  }

  /** The link has ended. */
  closed(): void {
    for (const { call, result } of [...this.#waiting.values(), ...this.#receiving.values()])
      result.reject(detached(call));
    for (const sending of this.#sending.values())
      sending.resolve({ code: 'EBROKERDIED', rights: [], memory: [], copiedIn: 0 });
    this.#waiting.clear();
    this.#receiving.clear();
    this.#sending.clear();
  }
}

/** A request that somebody has received who is in no critical section waits for the end of those that there are, as one that is served. */
function answered({ isInside, result }: Waiting, frame: Frame, answer: object): void {
  const { descriptors: rights, header } = frame;
  const memory = memoryOf(frame);
  // A spread of an object that was not written as a literal takes twenty times as long.
  const settle = (): void => result.resolve(Object.assign(answer, { rights, memory, header }));
  const isNotice = 'notification' in answer && answer.notification !== 0;
  const isRequest = rights[0]?.disp === DISP.MOVE_SEND && !isNotice;
  if (isInside || gate.isIdle || !isRequest) settle();
  else gate.pass(settle);
}

/** The port that this call destroys, if it is one that receives here. */
function endedBy(call: KernelCall, fields: Fields<KernelCall>): Name | undefined {
  if (!('name' in fields)) return undefined;
  if (call === 'port_destroy') return fields.name;
  const ends = call === 'port_mod_refs' && 'delta' in fields && fields.right === RIGHT.RECEIVE && fields.delta === -1;
  return ends ? fields.name : undefined;
}

/** Reply fields are zero where they mean nothing. */
function unanswered<K extends KernelCall>(call: K, code: Code): TrapResult<K> & { code: Code } {
  return { ...decodeResult(call, encodeResult(call, code)), code, rights: [], memory: [], header: undefined };
}

function settled(what: string, code: WireCode): Code {
  if (code === 'blocked' || code === 'waiting') throw new ProtocolError(`${what} cannot end with ${code}`);
  return code;
}

function mustBeSettled<T extends { code: WireCode }>(what: string, result: T): asserts result is T & { code: Code } {
  settled(what, result.code);
}

type WireCode = Fields<'sent'>['code'];

function detached(op: string): IpcError {
  return new IpcError('EBROKERDIED', `${op}: this task is not attached to a broker any more`, { op });
}

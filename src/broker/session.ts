import { type Code, ProtocolError } from '../errors.ts';
import type { IncomingMessage, Name, Result, ReturnedMessage, TaskEffect, TaskId, Trap } from '../kernel/index.ts';
import type { Link } from '../link/link.ts';
import {
  decodeFields,
  encodeFields,
  encodeHead,
  encodeResult,
  FLAG,
  type Frame,
  kindNamed,
  type KernelCall,
  MESSAGES,
} from '../wire/index.ts';
import type { Broker } from './broker.ts';
import { Carried, carriedBy, encodeDelivery, encodeReceived } from './carried.ts';
import { Drains } from './drains.ts';
import { isVmCall, type VmCall, VmCalls } from './memory/vm-calls.ts';
import { sendTrap } from './send-trap.ts';
import { handleSleepCall, isSleepCall, type SleepCall } from './sleep/sleep-calls.ts';

/** One attached task: turns its frames into kernel calls, and the kernel's effects on it into frames. Holds no rules. */
export class Session {
  readonly task: TaskId;
  readonly label: string;
  readonly pid: number;
  readonly threadId: number;
  readonly link: Link;
  readonly #broker: Broker;
  #vm: VmCalls | undefined;
  readonly #drains: Drains;

  constructor(broker: Broker, link: Link, task: TaskId, who: { label: string; pid: number; threadId: number }) {
    this.#broker = broker;
    this.link = link;
    this.task = task;
    this.label = who.label;
    this.#drains = new Drains(who.label);
    this.pid = who.pid;
    this.threadId = who.threadId;
  }

  onFrame(frame: Frame, size: number): void {
    const { header, body } = frame;
    switch (header.kind) {
      case MESSAGES.send.id:
        return this.#send(frame, size);
      case MESSAGES.taken.id: {
        const { port, count } = decodeFields('taken', body);
        this.#handle({ op: 'taken', name: port, count });
        return undefined;
      }
      case MESSAGES.abort.id: {
        const { replyPort } = decodeFields('abort', body);
        this.#handle({ op: 'abort', replyPort, tag: header.callId });
        return undefined;
      }
      case MESSAGES.drained.id:
        return this.#drained(decodeFields('drained', body));
      case MESSAGES.adopt.id: {
        const { route, module, label } = decodeFields('adopt', body);
        const bootstrap = frame.descriptors[0] ?? { disp: 0, name: 0 };
        return this.#broker.adopt(this, route, { module, label, bootstrap: { from: this.task, right: bootstrap } });
      }
      case MESSAGES.detach.id:
        return this.#broker.detach(this);
      default:
        return this.#kernelCall(frame);
    }
  }

  /** What the kernel has for this task. */
  onEffect(effect: TaskEffect): void {
    switch (effect.type) {
      case 'deliver': {
        const { head, body, carried } = encodeDelivery(effect.message);
        return this.#write(head, body, carried?.memory, carried?.lend());
      }
      case 'taken':
        return carriedBy(effect).taken();
      case 'received': {
        const { receiveId, code, message, value = 0 } = effect;
        const { header, descriptors, fields, memory } = received(message, MESSAGES.received.id, receiveId);
        return this.#write(
          encodeHead(header, descriptors),
          encodeFields('received', { ...NOTHING_RECEIVED, value, ...fields, code }),
          memory,
        );
      }
      case 'sent':
        return this.#sent(effect.sendId, effect.code, effect.returned);
      case 'aborted':
        return this.#tell('aborted', encodeFields('aborted', { reply: effect.reply }));
      case 'drain':
        return this.#tell('drain', encodeFields('drain', { port: effect.name }));
    }
  }

  /** See `Broker.drain`. */
  drain(name: Name): Promise<number> {
    const drained = this.#drains.asked(name, this.#broker.kernel.drain(this.task, name));
    this.#broker.carryOut();
    return drained;
  }

  /** Sleepers of this task were woken. */
  woken(sleepers: number[]): void {
    this.#tell('woken', encodeFields('woken', { sleepers }));
  }

  /** Its link has passed on all that was sent: there is room for what the kernel has held back. */
  caughtUp(): void {
    this.#broker.kernel.caughtUp(this.task);
    this.#broker.carryOut();
  }

  /** The task has gone. */
  ended(): void {
    this.#drains.ended();
    this.#vm?.ended();
  }

  #send(frame: Frame, size: number): void {
    const { callId, flags } = frame.header;
    const carried = new Carried(frame, size, this.#broker.host.now());
    const trap = sendTrap(frame, size, carried, this.#broker.limits);
    const { code, returned, value } = this.#broker.kernel.handle(this.task, trap);
    // Before the effects: of a refused message the code comes first, then what became of the rights in it.
    const isOver = code !== 'blocked' && code !== 'waiting';
    if (isOver && callId !== 0 && (code !== 0 || (flags & FLAG.ACK) !== 0)) this.#sent(callId, code, returned, value);
    this.#broker.carryOut();
    if (code === 0 || !isOver) carried.keep();
  }

  #drained({ port, taken }: { port: Name; taken: number }): void {
    this.#drains.answered(port, this.#handle({ op: 'drained', name: port, taken }));
  }

  #kernelCall(frame: Frame): void {
    const { header } = frame;
    const kind = kindNamed(header.kind);
    if (kind === undefined || !isKernelCall(kind))
      throw new ProtocolError(`a task does not send messages of kind ${header.kind}`);
    const on = frame.descriptors[0]?.name;
    if (isVmCall(kind)) return this.#vmCall(kind, frame);
    if (isSleepCall(kind)) return this.#sleepCall(kind, frame);
    const trap = { op: kind, ...decodeFields(kind, frame.body) } as Trap;
    const result = this.#handle(trap, on);
    if (result.code !== 'KERN_INVALID_ARGUMENT') this.#cancelled(trap, result);
    if (header.callId === 0) return;
    const answer = received(result.message, MESSAGES.result.id, header.callId);
    this.#write(
      encodeHead(answer.header, answer.descriptors),
      encodeResult(kind, result.code, { ...result, ...result.status, ...answer.fields } as object),
      answer.memory,
    );
  }

  #vmCall(kind: VmCall, frame: Frame): void {
    const answer = this.#answerTo(kind, frame);
    const calls = this.#vmCalls();
    if (calls === undefined) answer('KERN_FAILURE');
    else calls.handle(kind, frame, answer);
  }

  #vmCalls(): VmCalls | undefined {
    const { memory } = this.#broker;
    if (memory !== null) this.#vm ??= new VmCalls(this.#broker, memory, this.task);
    return this.#vm;
  }

  #sleepCall(kind: SleepCall, frame: Frame): void {
    const from = { broker: this.#broker, vm: () => this.#vmCalls() };
    handleSleepCall(kind, frame, this.task, from, this.#answerTo(kind, frame));
  }

  #answerTo<K extends KernelCall>(kind: K, { header: { callId } }: Frame): (code: Code, reply?: object) => void {
    return (code, reply = {}) => {
      if (callId === 0) return;
      this.#write(encodeHead({ kind: MESSAGES.result.id, callId }), encodeResult(kind, code, reply));
    };
  }

  /** What waited has ended, and whoever waits for it hears of that as of any other end. */
  #cancelled(trap: Trap, { returned }: Result): void {
    if (trap.op === 'send_cancel') this.#sent(trap.sendId, trap.code, returned);
    else if (trap.op === 'receive_cancel') {
      this.onEffect({ type: 'received', task: this.task, receiveId: trap.receiveId, code: trap.code });
    }
  }

  #handle(trap: Trap, on?: Name): Result {
    const result = this.#broker.kernel.handle(this.task, trap, on);
    this.#broker.carryOut();
    return result;
  }

  #sent(sendId: number, code: Code, returned: ReturnedMessage | undefined, copiedIn = 0): void {
    const back = returned === undefined ? [] : [returned.dest, returned.reply, ...returned.rights];
    const memory = returned === undefined ? undefined : carriedBy(returned).memory;
    const header = { kind: MESSAGES.sent.id, callId: sendId, sequence: copiedIn };
    this.#write(encodeHead(header, back), encodeFields('sent', { code }), memory);
  }

  #tell(kind: 'aborted' | 'drain' | 'woken', body: Buffer): void {
    this.#write(encodeHead({ kind: MESSAGES[kind].id }), body);
  }

  #write(head: Uint8Array, body: Uint8Array, memory?: readonly Uint8Array[], onLeft?: () => void): void {
    this.link.send(head, body, memory, onLeft);
    if (this.link.pendingBytes > this.#broker.limits.unreadBytesPerTask) this.#broker.cutOff(this);
  }
}

/** Only a receive that was given a message has one in its answer. */
function received(message: IncomingMessage | undefined, kind: number, callId: number) {
  if (message === undefined) return { header: { kind, callId }, descriptors: [], fields: {}, memory: [] };
  return encodeReceived(message, kind, callId);
}

const NOTHING_RECEIVED = {
  value: 0,
  tag: 0,
  notification: 0,
  name: 0,
  count: 0,
  handled: undefined,
  body: new Uint8Array(0),
};

function isKernelCall(kind: keyof typeof MESSAGES): kind is KernelCall {
  return 'reply' in MESSAGES[kind];
}

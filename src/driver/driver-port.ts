import { type Code, CODES, type ErrorCode, IpcError } from '../errors.ts';
import { EASYNC, type Easync, type Message, MessageQueue, MsgPort, replyMsg } from '../msgport/index.ts';
import { Call, type CallContext, failureOf, releaseRights } from '../task/index.ts';
import { keptArguments } from './kept-arguments.ts';
import { PING_ID } from './subsystem.ts';
import { isThenable } from './thenable.ts';

export type Handler = (args: unknown, ctx: CallContext) => unknown;

export type DriverPortOptions = {
  /** One call at a time: the next handler starts when the last one has settled. */
  serial?: boolean;
  /** A one-way handler failed; there is nobody to tell but the operator. */
  onOneWayError: (error: unknown) => void;
};

/**
 * The agent of a driver: runs the handler in the caller, and so decides whether a call completes on the spot.
 *
 * A handler that returns a value completes in the put: no queue, no promise. One that returns a promise answers `EASYNC`.
 * A driver that is busy (the synchronous part of a handler is on the stack: the caller was called by it) or has messages
 * queued, queues; so calls start in FIFO order and never inside each other, in every placement.
 */
export class DriverPort extends MsgPort {
  readonly #handlers: ReadonlyMap<number, Handler>;
  readonly #options: DriverPortOptions;
  readonly #queue = new MessageQueue();
  #onStack = false;
  #draining = false;
  #unsettled = 0;
  readonly #awaited = new Set<{ isMet: () => boolean; resolve: () => void }>();

  constructor(handlers: ReadonlyMap<number, Handler>, options: DriverPortOptions) {
    super();
    this.#handlers = handlers;
    this.#options = options;
  }

  override put(msg: Message): Code | Easync {
    if (this.#onStack || !this.#queue.isEmpty || this.#mustWaitTurn()) return this.#enqueue(msg);
    return this.#run(msg);
  }

  /** Settles once every message that came has reached its handler. */
  started(): Promise<void> {
    return this.#when(() => this.#queue.isEmpty);
  }

  /** Settles once no handler is running either. */
  idle(): Promise<void> {
    return this.#when(() => this.#queue.isEmpty && this.#unsettled === 0);
  }

  /** The port is closed: what waits here will not be served. */
  refuseWaiting(): void {
    for (let msg = this.#queue.shift(); msg !== null; msg = this.#queue.shift()) {
      if (msg instanceof Call) msg.refuse(undefined, 'MACH_SEND_INVALID_DEST');
      else replyMsg(msg, 'MACH_SEND_INVALID_DEST');
    }
    this.#changed();
  }

  /**
   * What waits is as it was sent, whatever becomes of the caller's objects. A one-way send is over when it is accepted: then it
   * is a message of our own, and the sender's is his again.
   */
  #enqueue(msg: Message): Code | Easync {
    const waiting = msg instanceof Call && msg.oneWay ? msg.handOver() : msg;
    if (!(msg instanceof Call && msg.isCopy)) waiting.body = keptArguments(msg.body);
    this.#queue.push(waiting);
    this.#drainSoon();
    return waiting === msg ? EASYNC : 0;
  }

  #run(msg: Message): Code | Easync {
    if (msg.id === PING_ID) return msg instanceof Call ? this.#ping(msg) : 0;
    const handler = this.#handlers.get(msg.id);
    if (!(msg instanceof Call)) return 'ENOROUTINE';
    const call = msg;
    const unreadable = call.take();
    if (unreadable !== 0) return this.#refused(call, unreadable);
    if (handler === undefined) return this.#refused(call, 'ENOROUTINE');
    let result: unknown;
    this.#onStack = true;
    try {
      result = handler(call.body, call);
      if (isThenable(result)) return this.#finishLater(call, result);
    } catch (error) {
      return this.#failed(call, error);
    } finally {
      this.#onStack = false;
    }
    call.result = result;
    // Of a caller that is gone nothing is left to take them.
    if (call.oneWay && result !== undefined) releaseRights(result);
    return 0;
  }

  #finishLater(call: Call, result: PromiseLike<unknown>): Code | Easync {
    this.#unsettled += 1;
    const { oneWay } = call;
    // First of all, so that the next call gets its turn whatever a reply port does.
    const settled = (): void => {
      this.#unsettled -= 1;
      if (!this.#queue.isEmpty) this.#drainSoon();
      this.#changed();
    };
    // Whatever calls itself a promise settles once then, and does not throw.
    Promise.resolve(result).then(
      (value) => {
        settled();
        call.result = value;
        if (oneWay) releaseRights(value);
        else replyMsg(call, 0);
      },
      (error: unknown) => {
        settled();
        const code = this.#failed(call, error);
        if (!oneWay) replyMsg(call, code);
      },
    );
    return oneWay ? 0 : EASYNC;
  }

  #ping(call: Call): Code {
    const code = call.take();
    releaseRights(call.body);
    return code;
  }

  /** As a MIG server does: a routine that fails has not taken over what came with the request. */
  #failed(call: Call, error: unknown): Code {
    releaseRights(call.body);
    if (call.oneWay) {
      this.#options.onOneWayError(error);
      return 0;
    }
    call.failure = error;
    return codeOf(error);
  }

  #refused(call: Call, code: Exclude<Code, 0>): Code {
    releaseRights(call.body);
    if (!call.oneWay) return code;
    this.#options.onOneWayError(failureOf(call, code, 'the driver'));
    return 0;
  }

  #mustWaitTurn(): boolean {
    return this.#options.serial === true && this.#unsettled > 0;
  }

  #drainSoon(): void {
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(() => {
      this.#draining = false;
      this.#drain();
    });
  }

  #drain(): void {
    try {
      while (!this.#mustWaitTurn()) {
        const msg = this.#queue.shift();
        if (msg === null) break;
        const code = this.#run(msg);
        if (code !== EASYNC) replyMsg(msg, code);
      }
    } finally {
      // A reply port that threw takes nobody else's turn.
      if (!this.#queue.isEmpty && !this.#mustWaitTurn()) this.#drainSoon();
      this.#changed();
    }
  }

  #when(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => this.#awaited.add({ isMet, resolve }));
  }

  #changed(): void {
    for (const awaited of this.#awaited) {
      if (!awaited.isMet()) continue;
      this.#awaited.delete(awaited);
      awaited.resolve();
    }
  }
}

/** The driver's own errors travel as they are under `EDRIVER`; its IpcErrors keep their code. */
export function codeOf(error: unknown): ErrorCode {
  return IpcError.is(error) && KNOWN.has(error.code) ? error.code : 'EDRIVER';
}

const KNOWN: ReadonlySet<string> = new Set(CODES);

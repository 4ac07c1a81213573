import { type Code, CODES, type ErrorCode, IpcError } from '../errors.ts';
import { EASYNC, type Easync, type Message, MessageQueue, MsgPort, replyMsg } from '../msgport/index.ts';
import { Call, type CallContext } from '../task/index.ts';
import { PING_ID } from './subsystem.ts';

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
  #onIdle: (() => void) | undefined;

  constructor(handlers: ReadonlyMap<number, Handler>, options: DriverPortOptions) {
    super();
    this.#handlers = handlers;
    this.#options = options;
  }

  override put(msg: Message): Code | Easync {
    if (this.#onStack || !this.#queue.isEmpty || this.#mustWaitTurn()) {
      this.#queue.push(msg);
      this.#drainSoon();
      return EASYNC;
    }
    return this.#run(msg);
  }

  /** Settles once no handler is running and nothing is queued. */
  idle(): Promise<void> {
    if (this.#unsettled === 0 && this.#queue.isEmpty) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #run(msg: Message): Code | Easync {
    if (msg.id === PING_ID) return msg instanceof Call ? msg.take() : 0;
    const handler = this.#handlers.get(msg.id);
    if (handler === undefined || !(msg instanceof Call)) return 'ENOROUTINE';
    const call = msg;
    const unreadable = call.take();
    if (unreadable !== 0) return unreadable;
    let result: unknown;
    this.#onStack = true;
    try {
      result = handler(call.body, call);
    } catch (error) {
      return this.#failed(call, error);
    } finally {
      this.#onStack = false;
    }
    if (isThenable(result)) return this.#finishLater(call, result);
    call.result = result;
    return 0;
  }

  #finishLater(call: Call, result: PromiseLike<unknown>): Code | Easync {
    this.#unsettled += 1;
    const { oneWay } = call;
    const settle = (code: Code): void => {
      this.#unsettled -= 1;
      if (!oneWay) replyMsg(call, code);
      if (!this.#queue.isEmpty) this.#drainSoon();
      else if (this.#unsettled === 0) this.#onIdle?.();
    };
    result.then(
      (value) => {
        call.result = value;
        settle(0);
      },
      (error: unknown) => settle(this.#failed(call, error)),
    );
    return oneWay ? 0 : EASYNC;
  }

  #failed(call: Call, error: unknown): Code {
    if (call.oneWay) {
      this.#options.onOneWayError(error);
      return 0;
    }
    call.failure = error;
    return codeOf(error);
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
    while (!this.#mustWaitTurn()) {
      const msg = this.#queue.shift();
      if (msg === null) break;
      const code = this.#run(msg);
      if (code !== EASYNC) replyMsg(msg, code);
    }
    if (this.#queue.isEmpty && this.#unsettled === 0) this.#onIdle?.();
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** The driver's own errors travel as they are under `EDRIVER`; its IpcErrors keep their code. */
export function codeOf(error: unknown): ErrorCode {
  return IpcError.is(error) && KNOWN.has(error.code) ? error.code : 'EDRIVER';
}

const KNOWN: ReadonlySet<string> = new Set(CODES);

import { SHOULD_RETURN, VM_PROT } from '../../../src/wire/index.ts';
import type { FromPager, Page } from '../../../src/vm/index.ts';
import { PAGE, type Sent } from '../harness.ts';

export type Behaviour = { lock: number; fails: boolean; waits: boolean };

/** A pager of one object: it answers in the order it is asked, from what it has stored, when the world lets it. */
export class ToyPager {
  readonly storage = new Map<Page, readonly number[]>();
  /** What has come from the kernel, and what goes there: both in order, and each held up for as long as the world likes. */
  readonly inbox: Sent[] = [];
  readonly outbox: FromPager[] = [];
  readonly mayCache: boolean;
  readonly copyStrategy: number;
  /** Of a kernel's own object: what it has never been given, it has not. */
  readonly #isBacking: boolean;
  readonly #initial: number;
  #unanswered: { reqId: number; offset: number }[] = [];
  /** `terminate`s that it has not seen yet: what it says until then goes to ports that are gone. */
  #terminates = 0;
  #nextReqId = 1;

  constructor(options: { initial: number; mayCache: boolean; copyStrategy: number; isBacking: boolean }) {
    this.#initial = options.initial;
    this.mayCache = options.mayCache;
    this.copyStrategy = options.copyStrategy;
    this.#isBacking = options.isBacking;
  }

  stored(page: Page): readonly number[] {
    return this.storage.get(page) ?? Array.from({ length: PAGE }, () => (this.#isBacking ? 0 : this.#initial + page));
  }

  /** Deals with the next message. */
  step(behaviour: Behaviour): void {
    const sent = this.inbox.shift();
    if (sent === undefined) return this.#answerOne(behaviour);
    const { message, bytes = new Uint8Array() } = sent;
    if (message.kind === 'memory_object_init') this.#ready();
    else if (message.kind === 'memory_object_data_request') {
      this.#unanswered.push(message);
      if (!behaviour.waits) this.#answerOne(behaviour);
    } else if (message.kind === 'memory_object_data_unlock') {
      this.lockRequest(message.offset / PAGE, 1, { lock: behaviour.lock & VM_PROT.EXECUTE });
    } else if (message.kind === 'memory_object_data_return') this.#store(message.offset / PAGE, bytes);
    else if (message.kind === 'memory_object_terminate') {
      this.#terminates -= 1;
      this.#unanswered = [];
    } else if (message.kind === 'memory_object_data_initialize') this.#store(message.offset / PAGE, bytes);
  }

  /** Wants pages back: changed ones are returned at least, or they would be lost. */
  lockRequest(page: Page, pages: number, more: { lock?: number; shouldFlush?: boolean; all?: boolean }): void {
    const { lock = VM_PROT.NO_CHANGE, shouldFlush = false, all = false } = more;
    this.say({
      kind: 'memory_object_lock_request',
      reqId: this.#nextReqId++,
      answers: 0,
      offset: page * PAGE,
      length: pages * PAGE,
      shouldReturn: all ? SHOULD_RETURN.ALL : SHOULD_RETURN.DIRTY,
      shouldFlush,
      lock,
      gen: 0,
    });
  }

  /** The kernel has finished: what was said to it is not heard any more. */
  terminated(): void {
    this.outbox.length = 0;
    this.#terminates += 1;
  }

  say(message: FromPager): void {
    if (this.#terminates === 0) this.outbox.push(message);
  }

  #ready(): void {
    this.#unanswered = [];
    const { mayCache, copyStrategy } = this;
    this.say({ kind: 'memory_object_ready', mayCache, copyStrategy });
  }

  #answerOne({ lock, fails }: Behaviour): void {
    const request = this.#unanswered.shift();
    if (request === undefined) return;
    const { reqId, offset } = request;
    const range = { reqId, offset, length: PAGE };
    if (fails) this.say({ kind: 'memory_object_data_error', ...range, reason: 1 });
    else if (this.#isBacking && !this.storage.has(offset / PAGE)) {
      this.say({ kind: 'memory_object_data_unavailable', ...range });
    } else {
      const data = Uint8Array.from(this.stored(offset / PAGE));
      const supply = { reqId, replyId: reqId, offset, lock, precious: lock === VM_PROT.WRITE, gen: reqId, data };
      this.say({ kind: 'memory_object_data_supply', ...supply });
    }
  }

  #store(first: Page, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PAGE)
      this.storage.set(first + at / PAGE, [...bytes.subarray(at, at + PAGE)]);
  }
}

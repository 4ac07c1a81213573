import { make, type ReceiveRight, type SendRight, type System } from 'easync';
import type * as XpPort from '../../../src/task/xp-port.ts';
import type { Xp } from '../../../src/wire/index.ts';
import { until } from '../../support/until.ts';

// What the tests import as 'easync' is built, and so is what speaks with it.
const { sendXp, serveXp } = (await import(
  new URL('../../../dist/src/task/xp-port.js', import.meta.url).href
)) as typeof XpPort;

export const PAGE = 4096;

/** One memory object with one kernel, by hand: it has what came back, and says what a test has it say. */
export class RawPager {
  readonly name: string;
  /** By page. */
  readonly store = new Map<number, Buffer>();
  /** All that the kernel has said, in order. */
  readonly heard: Xp[] = [];
  /** Pages that cannot be had: an error, or no answer at all. */
  readonly failing = new Set<number>();
  readonly silent = new Set<number>();
  /** Pages that the kernel has asked for. */
  readonly requested = new Set<number>();
  readonly #port: ReceiveRight;
  #control: SendRight | null = null;
  #lastReqId = 0;

  private constructor(name: string, port: ReceiveRight) {
    this.name = name;
    this.#port = port;
    serveXp(port, ({ message, rights }) => {
      const [control, ...others] = rights;
      for (const right of others) right.deallocate();
      if (message.kind === 'memory_object_init') this.#control = control as SendRight;
      else control?.deallocate();
      this.heard.push(message);
      this.#answer(message);
    });
  }

  /** Checked in by its name. */
  static async start(system: System, name: string): Promise<RawPager> {
    const port = system.task.allocate({ label: name, qlimit: 1024 });
    await system.names.checkIn({ name, port: make.send(port) });
    return new RawPager(name, port);
  }

  right(): SendRight {
    return make.send(this.#port);
  }

  /** Takes pages away, or an access to them. Answers when the kernel says that it is done, unless it is told not to wait. */
  async lock(fields: Partial<Xp<'memory_object_lock_request'>> & { offset: number }): Promise<void> {
    const reqId = this.lockLater(fields);
    await until(() => this.isDone(reqId));
  }

  /** The same, without waiting. */
  lockLater(fields: Partial<Xp<'memory_object_lock_request'>> & { offset: number }): number {
    const reqId = (this.#lastReqId += 1);
    const flush = { length: PAGE, answers: 0, shouldReturn: 1, shouldFlush: true, lock: 8, gen: 0 };
    this.#send({ ...flush, ...fields, kind: 'memory_object_lock_request', reqId });
    return reqId;
  }

  isDone(reqId: number): boolean {
    return this.heard.some((message) => message.kind === 'memory_object_lock_completed' && message.reqId === reqId);
  }

  /** Gives a page that it has. */
  supply(page: number, reqId = 0): void {
    const data = this.store.get(page) ?? Buffer.alloc(PAGE);
    const supply = { reqId, replyId: 0, offset: page * PAGE, lock: 0, precious: false, gen: 1, data };
    this.#send({ kind: 'memory_object_data_supply', ...supply });
  }

  get isTerminated(): boolean {
    return this.heard.at(-1)?.kind === 'memory_object_terminate';
  }

  stop(): void {
    this.#control?.deallocate();
    this.#port.destroy();
  }

  #answer(message: Xp): void {
    switch (message.kind) {
      case 'memory_object_init':
        return this.#send({ kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
      case 'memory_object_data_request': {
        const { reqId, offset, length } = message;
        const data = this.store.get(offset / PAGE);
        this.requested.add(offset / PAGE);
        if (this.silent.has(offset / PAGE)) return;
        if (this.failing.has(offset / PAGE))
          return this.#send({ kind: 'memory_object_data_error', reqId, offset, length, reason: 1 });
        if (data === undefined) return this.#send({ kind: 'memory_object_data_unavailable', reqId, offset, length });
        return this.supply(offset / PAGE, reqId);
      }
      case 'memory_object_data_return':
        for (let at = 0; at < message.data.length; at += PAGE)
          this.store.set((message.offset + at) / PAGE, Buffer.from(message.data.subarray(at, at + PAGE)));
        return;
      default:
    }
  }

  #send(message: Xp): void {
    if (this.#control !== null) sendXp(this.#control, message);
  }
}

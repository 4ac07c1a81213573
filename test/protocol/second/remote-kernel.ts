import { Reader, Writer } from './bytes.ts';
import type { Task } from './task.ts';
import { COPY_SEND, NO_CHANGE, PAGE, RAW, RETURN_DIRTY, RETURN_NONE, sendXp, WRITE, XP } from './xp.ts';

/** A kernel that uses an object, as its pager knows it: by its control port. */
export class RemoteKernel {
  readonly control: number;
  readonly name: number;
  readonly #task: Task;
  readonly #waiting = new Map<number, () => void>();
  /** By page: the newest grant that has been taken back. */
  readonly #taken = new Map<number, number>();
  #granted = 0;
  #lastRequest = 0;
  #ended = false;

  constructor(task: Task, control: number, name: number) {
    this.#task = task;
    this.control = control;
    this.name = name;
  }

  send(routine: number, fields: Writer): void {
    sendXp(this.#task, [COPY_SEND, this.control], routine, fields.done());
  }

  supply(reqId: number, offset: number, lock: number, gen: number, data: Buffer): void {
    this.#granted = gen;
    const fields = new Writer().u64(reqId).u64(0).u64(offset).u8(lock).bool(false).u64(gen);
    this.send(XP.data_supply, fields.bytes(data));
  }

  unlock(answers: number, offset: number, lock: number, gen: number): void {
    this.#granted = gen;
    const fields = new Writer().u64(0).u64(answers).u64(offset).u64(PAGE);
    this.send(XP.lock_request, fields.u8(RETURN_NONE).bool(false).u8(lock).u64(gen));
  }

  /** Takes the page away, or (not `flush`) its right to write. Settles when the kernel has done it, or is no more. */
  async recall(page: number, flush: boolean): Promise<void> {
    if (this.#ended) return;
    const newest = this.#granted;
    this.#lastRequest += 1;
    const done = new Promise<void>((resolve) => this.#waiting.set(this.#lastRequest, resolve));
    const fields = new Writer()
      .u64(this.#lastRequest)
      .u64(0)
      .u64(page * PAGE)
      .u64(PAGE);
    this.send(
      XP.lock_request,
      fields
        .u8(RETURN_DIRTY)
        .bool(flush)
        .u8(flush ? NO_CHANGE : WRITE)
        .u64(0),
    );
    await done;
    if (flush) this.#taken.set(page, newest);
  }

  /** Whether the kernel may still have the page by that grant. */
  holds(page: number, gen: number): boolean {
    return gen > (this.#taken.get(page) ?? 0);
  }

  /** What it believes of the object: ready, mayCache, the copy strategy. */
  async attributes(): Promise<[ready: boolean, mayCache: boolean, copyStrategy: number]> {
    const reply = await this.#task.rpc([COPY_SEND, this.control], { routine: XP.get_attributes, flags: RAW });
    const fields = new Reader(reply.body);
    return [fields.bool(), fields.bool(), fields.u8()];
  }

  completed(reqId: number): void {
    this.#waiting.get(reqId)?.();
    this.#waiting.delete(reqId);
  }

  /** It answers no more. */
  end(): void {
    this.#ended = true;
    for (const done of this.#waiting.values()) done();
    this.#waiting.clear();
  }
}

import { Reader, Writer } from './bytes.ts';
import { Coherence } from './coherence.ts';
import { Interests } from './interests.ts';
import { Lender } from './lender.ts';
import { RemoteKernel } from './remote-kernel.ts';
import type { Message, Task } from './task.ts';
import { PAGE, WRITE, XP } from './xp.ts';

const NOTHING_THERE = 1;
/** Names of one broker are below. */
const PER_BROKER = 2 ** 32;

/** Where kernels of one broker reach the pager. `base` keeps the names of their ports apart from those of other brokers. */
type Door = { task: Task; port: number; base: number };

/** One memory object, in memory, served to as many kernels as come. */
export class Pager {
  /** By the names of their control ports; of the first broker just that. */
  readonly kernels = new Map<number, RemoteKernel>();
  readonly pages = new Map<number, Buffer>();
  readonly size: number;
  /** The object: send rights to this port are what tasks map. */
  port = 0;
  /** Of everything that came, the numbers: for tests to look at. */
  readonly heard: number[] = [];
  readonly futexes = new Lender<RemoteKernel>();
  readonly interests: Interests<RemoteKernel>;
  readonly #coherence = new Coherence<RemoteKernel>();
  #doors = 0;
  #gen = 0;

  private constructor(size: number) {
    this.size = size;
    this.interests = new Interests(size);
  }

  static async serve(task: Task, size: number): Promise<Pager> {
    const pager = new Pager(size);
    pager.port = await pager.serveAt(task);
    return pager;
  }

  /** The object's port at another broker, where this process is another task. */
  async serveAt(task: Task): Promise<number> {
    const door = { task, port: 0, base: PER_BROKER * this.#doors };
    this.#doors += 1;
    void task.ended.then(() => this.#cutOff(door));
    door.port = await task.port((message) => this.#arrived(message, door));
    return door.port;
  }

  /** Pages that are being taken away. */
  get recalls(): number {
    return this.#coherence.recalls;
  }

  /** The connection has ended: so have the kernels behind it, and no notification tells of each. */
  #cutOff({ base }: Door): void {
    for (const key of this.kernels.keys()) if (key >= base && key < base + PER_BROKER) this.#forget(key);
  }

  #arrived(message: Message, door: Door): void {
    this.heard.push(message.routine);
    const fields = new Reader(message.body);
    if (message.routine === XP.init) return this.#init(message, fields, door);
    if (message.routine === XP.change_completed) return;
    const control = message.rights[0]?.[1] ?? 0;
    const kernel = this.kernels.get(door.base + control);
    if (message.routine === XP.terminate) this.#ended(message, door);
    else door.task.deallocate(control);
    if (kernel === undefined) return;
    if (message.routine === XP.data_request || message.routine === XP.data_unlock) {
      this.#wanted(kernel, message.routine, fields);
    } else if (message.routine === XP.data_return) this.#returned(kernel, fields);
    else if (message.routine === XP.lock_completed) kernel.completed(fields.u64());
    else if (!this.interests.arrived(kernel, message.routine, fields)) {
      this.futexes.arrived(kernel, message.routine, fields);
    }
  }

  #init({ rights }: Message, fields: Reader, { task, port, base }: Door): void {
    const [[, control] = [0, 0], [, name] = [0, 0]] = rights;
    const kernel = new RemoteKernel(task, control, name);
    if (fields.u32() !== PAGE) return kernel.send(XP.destroy, new Writer().u32(NOTHING_THERE));
    this.kernels.set(base + control, kernel);
    const gone = (): void => {
      this.#forget(base + control);
      for (const right of [control, name]) task.deallocate(right);
    };
    // It may have died before its message was read: there is no name to watch then.
    task.watch(control, port, gone).catch(gone);
    this.interests.joins(kernel);
    kernel.send(XP.ready, new Writer().bool(false).u8(0));
  }

  /** The control port is ours now; what was sent to it and not read will not be answered. */
  #ended({ rights }: Message, { task, base }: Door): void {
    for (const [, port] of rights) {
      this.#forget(base + port);
      task.destroyPort(port);
    }
  }

  #forget(key: number): void {
    const kernel = this.kernels.get(key);
    if (kernel === undefined) return;
    this.kernels.delete(key);
    kernel.end();
    this.#coherence.forget(kernel);
    this.futexes.forget(kernel);
    this.interests.forget(kernel);
  }

  #wanted(kernel: RemoteKernel, routine: number, fields: Reader): void {
    const [reqId, offset, length, access] = [fields.u64(), fields.u64(), fields.u64(), fields.u8()];
    if (offset + length > this.size) {
      return kernel.send(XP.data_error, new Writer().u64(reqId).u64(offset).u64(length).u32(NOTHING_THERE));
    }
    for (let at = offset; at < offset + length; at += PAGE) {
      void this.#coherence.ask(at / PAGE, kernel, access, (accesses) => {
        const lock = (accesses & WRITE) === 0 ? WRITE : 0;
        const gen = ++this.#gen;
        if (routine === XP.data_unlock) kernel.unlock(reqId, at, lock, gen);
        else kernel.supply(reqId, at, lock, gen, this.pages.get(at / PAGE) ?? Buffer.alloc(PAGE));
      });
    }
  }

  #returned(kernel: RemoteKernel, fields: Reader): void {
    const [, offset] = [fields.u64(), fields.u64()];
    const [, , gen] = [fields.bool(), fields.bool(), fields.u64()];
    const data = fields.rest();
    for (let at = 0; at < data.length; at += PAGE) {
      const page = (offset + at) / PAGE;
      if (kernel.holds(page, gen)) this.pages.set(page, Buffer.from(data.subarray(at, at + PAGE)));
    }
  }
}

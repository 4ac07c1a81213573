import { Reader, Writer } from './bytes.ts';
import { Coherence } from './coherence.ts';
import { Lender } from './lender.ts';
import { RemoteKernel } from './remote-kernel.ts';
import type { Message, Task } from './task.ts';
import { COPY_SEND, PAGE, RAW, WRITE, XP } from './xp.ts';

const NOTHING_THERE = 1;

/** One memory object, in memory, served to as many kernels as come. */
export class Pager {
  readonly kernels = new Map<number, RemoteKernel>();
  readonly pages = new Map<number, Buffer>();
  readonly size: number;
  /** The object: send rights to this port are what tasks map. */
  port = 0;
  /** Of everything that came, the numbers: for tests to look at. */
  readonly heard: number[] = [];
  readonly futexes = new Lender<RemoteKernel>();
  readonly #task: Task;
  readonly #coherence = new Coherence<RemoteKernel>();
  #gen = 0;

  private constructor(task: Task, size: number) {
    this.#task = task;
    this.size = size;
  }

  static async serve(task: Task, size: number): Promise<Pager> {
    const pager = new Pager(task, size);
    pager.port = await task.port((message) => pager.#arrived(message));
    return pager;
  }

  /** Pages that are being taken away. */
  get recalls(): number {
    return this.#coherence.recalls;
  }

  #arrived(message: Message): void {
    this.heard.push(message.routine);
    const fields = new Reader(message.body);
    if (message.routine === XP.init) return this.#init(message, fields);
    if (message.routine === XP.change_completed) return;
    const control = message.rights[0]?.[1] ?? 0;
    const kernel = this.kernels.get(control);
    if (message.routine === XP.terminate) this.#ended(message);
    else this.#task.deallocate(control);
    if (kernel === undefined) return;
    if (message.routine === XP.data_request || message.routine === XP.data_unlock) {
      this.#wanted(kernel, message.routine, fields);
    } else if (message.routine === XP.data_return) this.#returned(kernel, fields);
    else if (message.routine === XP.lock_completed) kernel.completed(fields.u64());
    else this.futexes.arrived(kernel, message.routine, fields);
  }

  #init({ rights }: Message, fields: Reader): void {
    const [[, control] = [0, 0], [, name] = [0, 0]] = rights;
    const kernel = new RemoteKernel(this.#task, control, name);
    if (fields.u32() !== PAGE) return kernel.send(XP.destroy, new Writer().u32(NOTHING_THERE));
    this.kernels.set(control, kernel);
    const gone = (): void => this.#gone(kernel);
    // It may have died before its message was read: there is no name to watch then.
    this.#task.watch(control, this.port, gone).catch(gone);
    kernel.send(XP.ready, new Writer().bool(false).u8(0));
  }

  #gone({ control, name }: RemoteKernel): void {
    this.#forget(control);
    this.#task.deallocate(control);
    this.#task.deallocate(name);
  }

  /** The control port is ours now; what was sent to it and not read will not be answered. */
  #ended({ rights }: Message): void {
    for (const [, port] of rights) {
      this.#forget(port);
      this.#task.destroyPort(port);
    }
  }

  #forget(control: number): void {
    const kernel = this.kernels.get(control);
    if (kernel === undefined) return;
    this.kernels.delete(control);
    kernel.end();
    this.#coherence.forget(kernel);
    this.futexes.forget(kernel);
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

  /** What a kernel believes of the object: ready, mayCache, the copy strategy. */
  async attributes(kernel: RemoteKernel): Promise<[ready: boolean, mayCache: boolean, copyStrategy: number]> {
    const reply = await this.#task.rpc([COPY_SEND, kernel.control], { routine: XP.get_attributes, flags: RAW });
    const fields = new Reader(reply.body);
    return [fields.bool(), fields.bool(), fields.u8()];
  }
}

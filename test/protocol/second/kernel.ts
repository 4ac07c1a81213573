import { Reader, Writer } from './bytes.ts';
import { deferred } from './deferred.ts';
import { KernelFutexes } from './kernel-futexes.ts';
import { KernelSleeps } from './kernel-sleeps.ts';
import type { Right } from './link.ts';
import { type Page, PageTable } from './page-table.ts';
import type { Message, Task } from './task.ts';
import { COPY_SEND, MAKE_SEND, MOVE_RECEIVE, PAGE, READ, sendXp, WRITE, XP } from './xp.ts';

/** One memory object in a kernel that keeps pages and maps nothing: `read` and `write` are its faults. */
export class Kernel {
  readonly pages: PageTable;
  readonly futexes: KernelFutexes;
  readonly sleeps: KernelSleeps;
  /** Of everything that came, the numbers: for tests to look at. */
  readonly heard: number[] = [];
  mayCache = false;
  copyStrategy = 0;
  readonly #task: Task;
  readonly #object: number;
  #control = 0;
  #name = 0;
  /** The pager has answered `init`. */
  readonly #answered = deferred<void>();
  /** What has come and is not read yet; undefined: everything is, as it comes. */
  #unread: Message[] | undefined;

  private constructor(task: Task, object: number) {
    this.#task = task;
    this.#object = object;
    const say = (routine: number, fields: Writer): void => this.send(routine, fields);
    this.pages = new PageTable(say);
    this.futexes = new KernelFutexes(say);
    this.sleeps = new KernelSleeps(say);
  }

  /** `object` is the name of a send right to the object's port. Nothing is asked before the pager is ready. */
  static async init(task: Task, object: number): Promise<Kernel> {
    const kernel = new Kernel(task, object);
    kernel.#control = await task.port((message) => kernel.#arrived(message));
    kernel.#name = await task.port(() => {});
    await task.watch(object, kernel.#control, () => kernel.#fail());
    const rights: Right[] = [kernel.#control, kernel.#name].map((port) => [MAKE_SEND, port]);
    kernel.#say(XP.init, new Writer().u32(PAGE), rights);
    await kernel.#answered.promise;
    return kernel;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    for (const [number, from, at, size] of pieces(offset, length)) {
      (await this.pages.fault(number, READ)).bytes.copy(bytes, at, from, from + size);
    }
    return bytes;
  }

  async write(offset: number, bytes: Buffer): Promise<void> {
    for (const [number, from, at, size] of pieces(offset, bytes.length)) {
      const page = await this.pages.fault(number, WRITE);
      bytes.copy(page.bytes, from, at, at + size);
      page.dirty = true;
    }
  }

  /** Sleeps until it is woken, if the word at this offset is `value`. */
  sleep(offset: number, value: number): Promise<void> {
    const at = offset % PAGE;
    const page = (): Promise<Page> => this.pages.fault((offset - at) / PAGE, READ);
    return this.futexes.sleepers(offset).sleep(value, async () => (await page()).bytes.subarray(at, at + 4));
  }

  /** Reads no more of what comes: for tests of what crosses. */
  pause(): void {
    this.#unread ??= [];
  }

  resume(): void {
    const messages = this.#unread ?? [];
    this.#unread = undefined;
    for (const message of messages) this.#arrived(message);
  }

  /** Messages that came in a pause. */
  get unread(): number {
    return this.#unread?.length ?? 0;
  }

  /** What is about pages and futexes brings the control port alone. */
  send(routine: number, fields: Writer): void {
    this.#say(routine, fields, [[MAKE_SEND, this.#control]]);
  }

  /** Nobody uses the object any more: what is dirty goes back, then both ports go to the pager. */
  terminate(): void {
    for (const number of this.pages.resident) this.pages.evict(number);
    this.futexes.giveBack();
    this.#leave();
  }

  #leave(): void {
    const rights: Right[] = [this.#control, this.#name].map((port) => [MOVE_RECEIVE, port]);
    this.#say(XP.terminate, new Writer(), rights);
    this.#fail();
  }

  #fail(): void {
    this.#answered.resolve();
    this.pages.fail();
    this.futexes.fail();
    this.sleeps.fail();
  }

  #arrived(message: Message): void {
    if (this.#unread !== undefined) return void this.#unread.push(message);
    const { routine, body, reply } = message;
    this.heard.push(routine);
    const fields = new Reader(body);
    if (routine === XP.ready || routine === XP.change_attributes) this.#attributes(routine, fields);
    else if (routine === XP.data_supply) this.pages.supplied(fields);
    else if (routine === XP.data_unavailable) this.pages.answered(fields, true);
    else if (routine === XP.data_error) this.pages.answered(fields, false);
    else if (routine === XP.lock_request) this.pages.lock(fields);
    else if (routine === XP.destroy) this.#leave();
    else if (routine === XP.get_attributes) {
      const attributes = new Writer().bool(this.pages.ready).bool(this.mayCache).u8(this.copyStrategy);
      sendXp(this.#task, reply, 0, attributes.done());
    } else if (!this.sleeps.arrived(routine, fields)) this.futexes.arrived(routine, fields);
  }

  #attributes(routine: number, fields: Reader): void {
    const reqId = routine === XP.ready ? 0 : fields.u64();
    this.mayCache = fields.bool();
    this.copyStrategy = fields.u8();
    this.pages.begin();
    this.#answered.resolve();
    if (reqId === 0) return;
    this.#say(XP.change_completed, new Writer().u64(reqId).bool(this.mayCache).u8(this.copyStrategy), []);
  }

  #say(routine: number, fields: Writer, rights: Right[]): void {
    sendXp(this.#task, [COPY_SEND, this.#object], routine, fields.done(), rights);
  }
}

/** The page, where in it, where in the whole, how long: of each page that these bytes touch. */
function* pieces(offset: number, length: number): Generator<[number, number, number, number]> {
  for (let at = 0; at < length;) {
    const from = (offset + at) % PAGE;
    const size = Math.min(PAGE - from, length - at);
    yield [(offset + at - from) / PAGE, from, at, size];
    at += size;
  }
}

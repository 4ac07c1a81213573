import { type ErrorCode, make, type ReceiveRight, type Region, type System } from 'easync';
import { type Access, type FutexCondition, type MemoryControl, type MemoryManager, serveObject } from 'easync/pager';
import { until } from '../../support/until.ts';
import { asked, type Kernel, PAGE, SIZE } from './kernel.ts';

/** A memory object at one kernel, whose pager says nothing about futexes but what a rule has it say. */
export class Seat implements MemoryManager {
  readonly kernel: Kernel;
  readonly #name = `by hand ${(lastName += 1)}`;
  /** What the kernel has said about futexes, and when it gave the object up, since the rule last looked. */
  #heard: string[] = [];
  /** By offset: what `lock_futex` and `futex_wait` asked for. */
  readonly requests = new Map<number, number>();
  /** Page requests stay unanswered while this is set. */
  isMute = false;
  /** Whether it says by itself that it will tell of wakeups elsewhere. */
  hears = true;
  /** They are answered by an error. */
  isBroken = false;
  readonly #unanswered: (() => void)[] = [];
  readonly #page = new Map<number, Uint8Array>();
  #control: MemoryControl | null = null;
  readonly #port: ReceiveRight;
  readonly #served: Disposable;

  private constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.#port = kernel.pager.task.allocate({ label: this.#name, qlimit: 1024 });
    this.#served = serveObject(this.#port, this);
  }

  static async start(kernel: Kernel): Promise<Seat> {
    const seat = new Seat(kernel);
    await kernel.pager.names.checkIn({ name: seat.#name, port: make.send(seat.#port) });
    return seat;
  }

  async map(user: System, { offset = 0, copy = false } = {}): Promise<Region> {
    const { port } = await user.names.lookUp({ name: this.#name });
    using right = port;
    return user.task.vm.map(right, { size: SIZE - offset, offset, copy });
  }

  get control(): MemoryControl {
    if (this.#control === null) throw new Error('the kernel has not mapped it');
    return this.#control;
  }

  /** What was heard since the last time, once all that was asked until now has arrived, and all that the pager said is done. */
  async heard(): Promise<string[]> {
    await this.settle();
    return this.#heard.splice(0);
  }

  /** The same, once this has been heard. */
  async heardUntil(line: string): Promise<string[]> {
    await until(() => this.#heard.includes(line));
    return this.#heard.splice(0);
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 2; round += 1) {
      await asked(this.kernel.users);
      // It comes by the same way as what the kernel said before, and after what it was told.
      await this.#control?.lockRequest(0, PAGE, {});
    }
    await asked(this.kernel.users);
  }

  /** Answers the `futex_wait` that came last for this word. */
  waiting(offset = 0): void {
    this.control.futexWaiting(offset, this.#reqId(offset));
  }

  /** Answers the `lock_futex` that came last for this futex. */
  grant(gen: number, about: { offset?: number; state?: FutexCondition; recall?: boolean } = {}): void {
    const { offset = 0, ...more } = about;
    this.control.futexGranted(offset, { reqId: this.#reqId(offset), gen, ...more });
  }

  fail(code: ErrorCode, offset = 0): void {
    this.control.futexFailed(offset, { reqId: this.#reqId(offset), code });
  }

  recall(gen: number, offset = 0): void {
    this.control.relinquishFutex(offset, { gen });
  }

  answerPages(): void {
    this.isMute = false;
    for (const answer of this.#unanswered.splice(0)) answer();
  }

  /** The pager's port is gone: to the kernel it is dead. */
  die(): void {
    this.#control = null;
    this.#served[Symbol.dispose]();
  }

  init(control: MemoryControl): void {
    this.#control = control;
    control.ready(false, 'none');
  }

  dataRequest(control: MemoryControl, offset: number, length: number, access: Access, reqId: number): void {
    this.#heard.push(`page at ${offset} to ${access.write === true ? 'write' : 'read'}`);
    const data = this.#page.get(offset) ?? new Uint8Array(length);
    const answer = (): void => control.dataSupply(offset, data, { reqId });
    if (this.isBroken) return control.dataError(offset, length, 1, reqId);
    if (this.isMute) this.#unanswered.push(answer);
    else answer();
  }

  dataUnlock(): void {
    this.#heard.push('unlock');
  }

  dataReturn(_control: MemoryControl, offset: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; at += PAGE) this.#page.set(offset + at, data.slice(at, at + PAGE));
  }

  terminate(_control: MemoryControl, died: boolean): void {
    this.#control = null;
    this.#heard.push(died ? 'died' : 'terminate');
  }

  lockFutex(_control: MemoryControl, offset: number, about: { reqId: number; noQueue: boolean }): void {
    this.requests.set(offset, about.reqId);
    this.#heard.push(`lock${at(offset)}${about.noQueue ? ', NOQUEUE' : ''}`);
  }

  cancelFutex(_control: MemoryControl, offset: number, { reqId }: { reqId: number }): void {
    this.#heard.push(`cancel${at(offset)}${reqId === this.requests.get(offset) ? '' : ' of another'}`);
  }

  futexReleased(_control: MemoryControl, offset: number, about: { gen: number; state: FutexCondition }): void {
    this.#heard.push(`released${at(offset)} by ${about.gen}: ${about.state}`);
  }

  futexWait(control: MemoryControl, offset: number, { reqId }: { reqId: number }): void {
    this.requests.set(offset, reqId);
    if (this.hears) control.futexWaiting(offset, reqId);
    this.#heard.push(`wait${at(offset)}`);
  }

  futexWake(_control: MemoryControl, offset: number, { broadcast }: { broadcast: boolean }): void {
    this.#heard.push(`wake${at(offset)}${broadcast ? ', all' : ''}`);
  }

  futexWakeCompleted(_control: MemoryControl, offset: number, about: { woke: boolean; waits: boolean }): void {
    this.#heard.push(`completed${at(offset)}: woke ${about.woke}, waits ${about.waits}`);
  }

  #reqId(offset: number): number {
    const reqId = this.requests.get(offset);
    if (reqId === undefined) throw new Error(`nothing was asked for at ${offset}`);
    return reqId;
  }
}

let lastName = 0;

function at(offset: number): string {
  return offset === 0 ? '' : ` at ${offset}`;
}

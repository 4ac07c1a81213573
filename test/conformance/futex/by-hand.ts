import {
  type Code,
  type ErrorCode,
  FUTEX_FLAG,
  make,
  type ReceiveRight,
  type Region,
  type System,
  type Traps,
} from 'easync';
import { type Access, type FutexCondition, type MemoryControl, type MemoryManager, serveObject } from 'easync/pager';
import { until } from '../../support/until.ts';
import { Attempt, Called } from './attempt.ts';
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

/** Such an object, mapped by all users of its kernels. */
export class ByHand implements AsyncDisposable {
  readonly seats: readonly Seat[];
  readonly #regions: Map<System, Region>;

  private constructor(seats: readonly Seat[], regions: Map<System, Region>) {
    this.seats = seats;
    this.#regions = regions;
  }

  static async start(kernels: readonly Kernel[]): Promise<ByHand> {
    const regions = new Map<System, Region>();
    const seats = await Promise.all(kernels.map((kernel) => Seat.start(kernel)));
    for (const seat of seats) {
      for (const user of seat.kernel.users) {
        const region = await seat.map(user);
        regions.set(user, region);
        // From now on both pages are there.
        await region.write(0, new Uint8Array(SIZE));
      }
      await seat.heard();
    }
    return new ByHand(seats, regions);
  }

  /** The first, and mostly the only one. */
  get seat(): Seat {
    const [seat] = this.seats;
    if (seat === undefined) throw new Error('no kernel');
    return seat;
  }

  region(user: number, seat = this.seat): Region {
    const region = this.#regions.get(seat.kernel.user(user));
    if (region === undefined) throw new Error('it is not mapped');
    return region;
  }

  /** Asks for the futex as this user. */
  lock(user: number, offset = 0): Attempt {
    return Attempt.lock(this.region(user).futex(offset));
  }

  /** What `fn` is to call as this user, with the word's address there. */
  call(user: number, fn: (traps: Traps, address: number) => Promise<{ code: Code }>, offset = 0): Called {
    const region = this.region(user);
    return new Called(fn(this.seat.kernel.user(user).task.traps, region.address + offset));
  }

  /** Sleeps as this user, if the word is 0. */
  async asleep(user: number, { offset = 0, flags = SHARED, msec = 0 } = {}): Promise<Called> {
    const called = this.call(user, (traps, address) => traps.vm_futex_wait(address, 0, 0, msec, flags), offset);
    await this.seat.settle();
    return called;
  }

  async wake(user: number, { offset = 0, flags = SHARED, value = 0 } = {}): Promise<Code | 'waits'> {
    const code = await this.call(user, (traps, address) => traps.vm_futex_wake(address, value, flags), offset).settled;
    await this.seat.settle();
    return code;
  }

  /** Asks for it as each of these users, one after the other: in this order they come to the kernel. */
  async queue<const U extends readonly number[]>(...users: U): Promise<{ [K in keyof U]: Attempt }> {
    const attempts: Attempt[] = [];
    for (const user of users) {
      attempts.push(this.lock(user));
      await asked(this.seat.kernel.users);
    }
    return attempts as { [K in keyof U]: Attempt };
  }

  /** The user has it by this grant, which the pager has given for it. */
  async held(user: number, gen: number, about: { offset?: number; recall?: boolean } = {}): Promise<Attempt> {
    const attempt = this.lock(user, about.offset ?? 0);
    await this.seat.settle();
    this.seat.grant(gen, about);
    await attempt.settled;
    await this.seat.heard();
    return attempt;
  }

  /** The kernel has it by this grant, and nobody uses it. */
  async retained(user: number, gen: number): Promise<void> {
    await (await this.held(user, gen)).guard.unlock();
    await this.seat.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const seat of this.seats) seat.die();
    for (const [user, region] of this.#regions) if (!user.task.isClosed) await region.unmap();
  }
}

/** Not the literal: other flags are added to it. */
const SHARED: number = FUTEX_FLAG.SHARED;

let lastName = 0;

function at(offset: number): string {
  return offset === 0 ? '' : ` at ${offset}`;
}

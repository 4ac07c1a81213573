import { type Code, FUTEX_FLAG, type Region, type System, type Traps } from 'easync';
import { Attempt, Called } from './attempt.ts';
import { asked, type Kernel, SIZE } from './kernel.ts';
import { Seat } from './seat.ts';

/** A memory object whose pager a rule plays by hand, mapped by all users of its kernels. */
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

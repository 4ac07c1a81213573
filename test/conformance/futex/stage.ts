import type { FutexPolicy } from 'easync/pager';
import { isMapped } from '../../os/forms.ts';
import { environment, type Native } from '../../task/memory/lab.ts';
import { ByHand } from './by-hand.ts';
import { Kernel } from './kernel.ts';
import { Served } from './served.ts';

/** Three brokers: one with three users, two with two. Each rule has objects of its own on them. */
export class Stage implements AsyncDisposable {
  readonly west: Kernel;
  readonly east: Kernel;
  readonly north: Kernel;
  /** Whether the brokers have words to share with tasks, if those can map them. */
  readonly hasWords: boolean;
  #objects = 0;

  private constructor([west, east, north]: readonly [Kernel, Kernel, Kernel], hasWords: boolean) {
    this.hasWords = hasWords;
    this.west = west;
    this.east = east;
    this.north = north;
  }

  static async start(native: Native): Promise<Stage> {
    const env = environment(native);
    const few = { futexes: FUTEXES };
    const kernels = [Kernel.start(3, few, env), Kernel.start(2, {}, env), Kernel.start(2, {}, env)] as const;
    return new Stage(await Promise.all(kernels), native === 'with koffi' && isMapped);
  }

  get kernels(): readonly Kernel[] {
    return [this.west, this.east, this.north];
  }

  /** An object whose pager is the rule itself. */
  byHand(kernels: readonly Kernel[] = [this.west]): Promise<ByHand> {
    return ByHand.start(kernels);
  }

  /** An object of the shipped pager, on all three brokers. */
  served(policy: FutexPolicy = {}): Promise<Served> {
    this.#objects += 1;
    return Served.start(this.kernels, `object ${this.#objects}`, policy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const kernel of this.kernels) await kernel[Symbol.asyncDispose]();
  }
}

/** How many futexes the broker in the west has room for. */
export const FUTEXES = 16;

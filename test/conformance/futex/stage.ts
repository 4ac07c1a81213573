import type { FutexPolicy } from 'easync/pager';
import { isMapped } from '../../os/forms.ts';
import { environment, type Native } from '../../task/memory/lab.ts';
import { ByHand } from './by-hand.ts';
import { Kernel } from './kernel.ts';
import { Served } from './served.ts';

/** Brokers: one with three users, and, unless it is alone, two with two. Each rule has objects of its own on them. */
export class Stage implements AsyncDisposable {
  readonly kernels: readonly Kernel[];
  /** Whether the brokers have words to share with tasks, if those can map them. */
  readonly hasWords: boolean;
  #objects = 0;

  private constructor(kernels: readonly Kernel[], hasWords: boolean) {
    this.kernels = kernels;
    this.hasWords = hasWords;
  }

  static async start(native: Native, isAlone: boolean): Promise<Stage> {
    const env = environment(native);
    const others = isAlone ? [] : [Kernel.start(2, {}, env), Kernel.start(2, {}, env)];
    const kernels = await Promise.all([Kernel.start(3, { futexes: FUTEXES }, env), ...others]);
    return new Stage(kernels, native === 'with koffi' && isMapped);
  }

  get west(): Kernel {
    return this.#kernel(0);
  }

  get east(): Kernel {
    return this.#kernel(1);
  }

  get north(): Kernel {
    return this.#kernel(2);
  }

  /** An object whose pager is the rule itself. */
  byHand(kernels: readonly Kernel[] = [this.west]): Promise<ByHand> {
    return ByHand.start(kernels);
  }

  /** An object of the shipped pager, on all brokers. */
  served(policy: FutexPolicy = {}): Promise<Served> {
    this.#objects += 1;
    return Served.start(this.kernels, `object ${this.#objects}`, policy);
  }

  #kernel(i: number): Kernel {
    const kernel = this.kernels[i];
    if (kernel === undefined) throw new Error('it is alone');
    return kernel;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const kernel of this.kernels) await kernel[Symbol.asyncDispose]();
  }
}

/** How many futexes the broker in the west has room for. */
export const FUTEXES = 8;

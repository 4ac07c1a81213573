import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { bind, type Region, type Stub, type System } from 'easync';
import { definePager, type FutexPolicy, Pager, type ServedPager, servePager } from 'easync/pager';
import { Attempt } from './attempt.ts';
import { asked, type Kernel, PAGE, SIZE } from './kernel.ts';

/** What the channel `easync:xp` tells, as far as it is of use here. */
type Told = { direction: string; message?: { kind: string; offset?: number; gen?: number; recall?: boolean } };

/** An object of the shipped pager on several brokers. What it says and hears about futexes is written down. */
export class Served implements AsyncDisposable {
  readonly name: string;
  readonly #pager: ServedPager;
  readonly #stub: Stub<typeof Pager>;
  readonly #regions = new Map<System, Region>();
  #xp: string[] = [];
  /** Of all grants, in order. */
  readonly gens: number[] = [];

  private constructor(name: string, pager: ServedPager) {
    this.name = name;
    this.#pager = pager;
    this.#stub = bind(Pager, pager.services[0].right());
  }

  static async start(kernels: readonly Kernel[], name: string, futexes: FutexPolicy): Promise<Served> {
    const bytes = new Uint8Array(SIZE);
    const store = {
      size: SIZE,
      read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
      write: (offset: number, data: Uint8Array) => bytes.set(data, offset),
      onInvalid: () => undefined,
      futexes,
    };
    const definition = definePager(() => ({ objects: { [name]: store } }));
    const [first, ...others] = kernels.map(({ pager: { task, names } }) => ({ task, names }));
    if (first === undefined) throw new Error('no kernel');
    const served = new Served(name, await servePager(definition, [first, ...others], { name: `pager of ${name}` }));
    for (const kernel of kernels) for (const user of kernel.users) await served.map(user);
    subscribe('easync:xp', served.#note);
    return served;
  }

  async map(user: System): Promise<Region> {
    const { port } = await user.names.lookUp({ name: this.name });
    using right = port;
    const region = await user.task.vm.map(right, { size: SIZE });
    if (!this.#regions.has(user)) this.#regions.set(user, region);
    return region;
  }

  attach({ pager: { task, names } }: Kernel): Promise<unknown> {
    return this.#pager.attach({ task, names });
  }

  region(user: System): Region {
    const region = this.#regions.get(user);
    if (region === undefined) throw new Error('it is not mapped');
    return region;
  }

  lock(user: System, offset = 0): Attempt {
    return Attempt.lock(this.region(user).futex(offset));
  }

  try(user: System, offset = 0): Attempt {
    return Attempt.try(this.region(user).futex(offset));
  }

  async held(user: System, offset = 0): Promise<Attempt> {
    const attempt = this.lock(user, offset);
    await attempt.settled;
    return attempt;
  }

  /** What passed between the pager and its kernels since the last look. */
  xp(): string[] {
    return this.#xp.splice(0);
  }

  /** All that users have asked for is known to the pager, what it answered to the users, and what came of that. */
  async settle(): Promise<void> {
    const users = [...this.#regions.keys()].filter(({ task }) => !task.isClosed);
    for (let round = 0; round < 3; round += 1) {
      await asked(users);
      // Who reads a page that its kernel has not any more hears from the pager after all that was said before, both ways.
      await this.#stub.invalidate({ name: this.name, offset: PAGE, length: PAGE });
      await Promise.all(users.map((user) => this.region(user).read(PAGE, 1)));
    }
    await asked(users);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    unsubscribe('easync:xp', this.#note);
    for (const [user, region] of this.#regions) if (!user.task.isClosed) await region.unmap();
    this.#stub[Symbol.dispose]();
    await this.#pager.end();
  }

  readonly #note = (event: unknown): void => {
    const { message } = event as Told;
    if (message === undefined || !message.kind.includes('futex')) return;
    this.#xp.push(`${message.kind.slice('memory_object_'.length)}${message.recall === true ? ', recalled' : ''}`);
    if (message.kind === 'memory_object_futex_granted') this.gens.push(Number(message.gen));
  };
}

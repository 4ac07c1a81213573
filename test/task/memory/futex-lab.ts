import { fileURLToPath } from 'node:url';
import { boot, type Futex, type Region, type System } from 'easync';
import { definePager, type FutexPolicy, type ServedPager, servePager } from 'easync/pager';
import { isMapped } from '../../os/forms.ts';
import { Peer } from '../../os/peer.ts';
import { SharedBroker } from '../../support/shared-broker.ts';
import { until } from '../../support/until.ts';
import { environment, type Native } from './lab.ts';
import { PAGE } from './raw-pager.ts';

const USER = fileURLToPath(new URL('./fixtures/futex-user.js', import.meta.url));
const SIZE = 2 * PAGE;

/** A broker, and three tasks of this process: one has the pager, two use its objects. */
export class FutexLab implements AsyncDisposable {
  readonly broker: SharedBroker;
  /** Two tasks of one process. */
  readonly here: System;
  readonly there: System;
  readonly #pagerSystem: System;
  #objects = 0;

  private constructor(broker: SharedBroker, [pagerSystem, here, there]: readonly [System, System, System]) {
    this.broker = broker;
    this.here = here;
    this.there = there;
    this.#pagerSystem = pagerSystem;
  }

  static async start(native: Native): Promise<FutexLab> {
    const broker = await SharedBroker.start({}, environment(native));
    const attach = (label: string): Promise<System> => boot({ socket: broker.socket, label });
    return new FutexLab(broker, [await attach('pager'), await attach('here'), await attach('there')]);
  }

  /** A new object, mapped by both. */
  async object(futexes: FutexPolicy = {}): Promise<FutexObject> {
    this.#objects += 1;
    const name = `object ${this.#objects}`;
    const bytes = new Uint8Array(SIZE);
    const store = {
      size: SIZE,
      read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
      write: (offset: number, data: Uint8Array) => bytes.set(data, offset),
      futexes,
    };
    const { task, names } = this.#pagerSystem;
    const pager = await servePager(
      definePager(() => ({ objects: { [name]: store } })),
      [{ task, names }],
      { name: `pager of ${name}` },
    );
    return new FutexObject(name, pager, await mapped(this.here, name), await mapped(this.there, name));
  }

  /** A process of its own that maps the object. */
  async user(native: Native, { name }: FutexObject): Promise<Peer> {
    const user = new Peer({ program: USER, env: environment(native) });
    await user.ask('attach', this.broker.socket, name);
    return user;
  }

  /** So many calls sleep at shared words. */
  async asleep(count: number): Promise<void> {
    const { host } = this.here;
    if (host === null) throw new TypeError('who attaches by the socket holds the host right');
    await until(async () => {
      const { futexes } = await host.vm();
      return futexes.reduce((sum, { sleeping }) => sum + sleeping, 0) === count;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const system of [this.here, this.there, this.#pagerSystem]) await system.dispose();
    await this.broker[Symbol.asyncDispose]();
  }
}

export class FutexObject implements AsyncDisposable {
  readonly name: string;
  readonly pager: ServedPager;
  /** Of the two tasks. */
  readonly regions: readonly [Region, Region];

  constructor(name: string, pager: ServedPager, ...regions: [Region, Region]) {
    this.name = name;
    this.pager = pager;
    this.regions = regions;
  }

  /** The same futex, as each of the two has it. */
  futexes(offset = 0): [Futex, Futex] {
    const [here, there] = this.regions;
    return [here.futex(offset), there.futex(offset)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const region of this.regions) await region.unmap();
    await this.pager.end();
  }
}

export async function mapped({ names, task }: System, name: string, protection: 'r' | 'rw' = 'rw'): Promise<Region> {
  const { port } = await names.lookUp({ name });
  using right = port;
  return task.vm.map(right, { size: SIZE, protection });
}

/** Frames that a task sends while `fn` runs. */
export async function framesOf({ task }: System, fn: () => unknown): Promise<number> {
  const { link } = task;
  const send = link.send.bind(link);
  let frames = 0;
  link.send = (...args) => {
    frames += 1;
    return send(...args);
  };
  try {
    await fn();
  } finally {
    link.send = send;
  }
  return frames;
}

/** Whether locks can do without messages. */
export function hasWords(here: Native, broker: Native): boolean {
  return here === 'with koffi' && broker === 'with koffi' && isMapped;
}

import type { Machines } from './machines.ts';
import { type Book, type Budget, type Host, hostKey, type Item, type Parts, type Store } from './parts.ts';

/** Places in a state: four of each kernel, then three of the pager and the whole. */
const VM = 0;
const HOST = 1;
const UP = 2;
const DOWN = 3;
const PER_KERNEL = 4;

/** In place of a machine: it is dead. */
export const DEAD = -1;

/** A state that a step is being made of: what the step opens is copied first, what it has changed is numbered at the end. */
export class Draft {
  readonly machines: Machines;
  readonly parts: Parts;
  readonly kernels: number;
  readonly #tuple: number[];
  readonly #hosts: (Host | null)[];
  #store: Store | null = null;
  #book: Book | null = null;

  constructor(machines: Machines, parts: Parts, state: ArrayLike<number>) {
    this.machines = machines;
    this.parts = parts;
    this.#tuple = copyOf(state);
    this.kernels = (state.length - 3) / PER_KERNEL;
    this.#hosts = Array.from({ length: this.kernels }, () => null);
  }

  vm(kernel: number): number {
    return this.#at(kernel * PER_KERNEL + VM);
  }

  setVm(kernel: number, vm: number): void {
    this.#tuple[kernel * PER_KERNEL + VM] = vm;
  }

  get master(): number {
    return this.#at(this.kernels * PER_KERNEL);
  }

  set master(master: number) {
    this.#tuple[this.kernels * PER_KERNEL] = master;
  }

  /** Not to be changed. */
  seeHost(kernel: number): Readonly<Host> {
    return this.#hosts[kernel] ?? this.parts.hosts.get(this.#at(kernel * PER_KERNEL + HOST));
  }

  host(kernel: number): Host {
    return (this.#hosts[kernel] ??= copyOfHost(this.parts.hosts.get(this.#at(kernel * PER_KERNEL + HOST))));
  }

  seeStore(): Readonly<Store> {
    return this.#store ?? this.parts.stores.get(this.#at(this.kernels * PER_KERNEL + 1));
  }

  store(): Store {
    return (this.#store ??= copyOfStore(this.parts.stores.get(this.#at(this.kernels * PER_KERNEL + 1))));
  }

  seeBook(): Readonly<Book> {
    return this.#book ?? this.parts.books.get(this.#at(this.kernels * PER_KERNEL + 2));
  }

  book(): Book {
    return (this.#book ??= copyOfBook(this.parts.books.get(this.#at(this.kernels * PER_KERNEL + 2))));
  }

  /** It has happened once more. */
  spend(what: keyof Budget): void {
    this.book().left[what] -= 1;
  }

  up(kernel: number): readonly number[] {
    return this.parts.channels.get(this.#at(kernel * PER_KERNEL + UP));
  }

  down(kernel: number): readonly number[] {
    return this.parts.channels.get(this.#at(kernel * PER_KERNEL + DOWN));
  }

  setUp(kernel: number, items: readonly number[]): void {
    this.#tuple[kernel * PER_KERNEL + UP] = this.parts.channels.add(items, items.join());
  }

  setDown(kernel: number, items: readonly number[]): void {
    this.#tuple[kernel * PER_KERNEL + DOWN] = this.parts.channels.add(items, items.join());
  }

  pushUp(kernel: number, item: Item): void {
    this.setUp(kernel, [...this.up(kernel), this.parts.items.add(item)]);
  }

  pushDown(kernel: number, item: Item): void {
    this.setDown(kernel, [...this.down(kernel), this.parts.items.add(item)]);
  }

  /** The state that it has become. */
  finish(): number[] {
    for (const [kernel, host] of this.#hosts.entries()) {
      if (host !== null) this.#tuple[kernel * PER_KERNEL + HOST] = this.parts.hosts.add(host, hostKey(host));
    }
    const base = this.kernels * PER_KERNEL;
    if (this.#store !== null) this.#tuple[base + 1] = this.parts.stores.addPlain(this.#store);
    if (this.#book !== null) this.#tuple[base + 2] = this.parts.addBook(this.#book);
    return this.#tuple;
  }

  #at(place: number): number {
    return this.#tuple[place] ?? DEAD;
  }
}

/** A loop: `Array.from` takes its time with typed arrays. */
function copyOf(state: ArrayLike<number>): number[] {
  const tuple: number[] = [];
  for (let place = 0; place < state.length; place += 1) tuple.push(state[place] ?? DEAD);
  return tuple;
}

function copyOfHost(host: Host): Host {
  return { ...host, pages: host.pages.map((page) => ({ ...page })), calls: [...host.calls] };
}

function copyOfStore({ versions, reads, writes, flushes }: Store): Store {
  return { versions: [...versions], reads: [...reads], writes: [...writes], flushes: [...flushes] };
}

function copyOfBook({ latest, returned, jobs, left }: Book): Book {
  return { latest: [...latest], returned: [...returned], jobs: [...jobs], left: { ...left } };
}

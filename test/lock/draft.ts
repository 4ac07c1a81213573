import type { KeeperState } from '../../src/lock/index.ts';
import { type Book, copyOfSide, type Item, type Parts, type Side } from './parts.ts';

/** Places in a state: of each broker these and its keepers; then the masters; then the book. */
const SIDE = 0;
const UP = 1;
const DOWN = 2;
const KEEPERS = 3;

/** A state that a step is being made of. */
export class Draft {
  readonly parts: Parts;
  readonly brokers: number;
  readonly locks: number;
  /** What tasks did in the middle of the step. */
  meanwhile: readonly string[] = [];
  readonly #tuple: number[] = [];

  constructor(parts: Parts, brokers: number, locks: number, state: ArrayLike<number>) {
    this.parts = parts;
    this.brokers = brokers;
    this.locks = locks;
    for (let place = 0; place < state.length; place += 1) this.#tuple.push(state[place] ?? 0);
  }

  copy(): Draft {
    return new Draft(this.parts, this.brokers, this.locks, this.#tuple);
  }

  get told(): string {
    return this.meanwhile.length === 0 ? '' : ` (meanwhile ${this.meanwhile.join(', ')})`;
  }

  get state(): number[] {
    return this.#tuple;
  }

  sideAt(broker: number): number {
    return this.#at(this.#base(broker) + SIDE);
  }

  setSide(broker: number, side: number): void {
    this.#tuple[this.#base(broker) + SIDE] = side;
  }

  /** Not to be changed. */
  seeSide(broker: number): Side {
    return this.parts.sides.get(this.sideAt(broker));
  }

  /** A copy: what becomes of it counts once it is put back. */
  changeSide(broker: number, change: (side: Side) => void): void {
    const side = copyOfSide(this.seeSide(broker));
    change(side);
    this.setSide(broker, this.parts.sides.addPlain(side));
  }

  keeper(broker: number, lock: number): number {
    return this.#at(this.#base(broker) + KEEPERS + lock);
  }

  seeKeeper(broker: number, lock: number): KeeperState {
    return this.parts.keepers.get(this.keeper(broker, lock));
  }

  setKeeper(broker: number, lock: number, keeper: number): void {
    this.#tuple[this.#base(broker) + KEEPERS + lock] = keeper;
  }

  master(lock: number): number {
    return this.#at(this.#base(this.brokers) + lock);
  }

  setMaster(lock: number, master: number): void {
    this.#tuple[this.#base(this.brokers) + lock] = master;
  }

  seeBook(): Book {
    return this.parts.books.get(this.#at(this.#tuple.length - 1));
  }

  changeBook(change: (book: Book) => void): void {
    const book = this.seeBook();
    const { left, truth, recalled } = book;
    const copy = { ...book, left: { ...left }, truth: [...truth], recalled: [...recalled] };
    change(copy);
    this.#tuple[this.#tuple.length - 1] = this.parts.books.addPlain(copy);
  }

  up(broker: number): readonly number[] {
    return this.parts.channels.get(this.#at(this.#base(broker) + UP));
  }

  down(broker: number): readonly number[] {
    return this.parts.channels.get(this.#at(this.#base(broker) + DOWN));
  }

  setUp(broker: number, items: readonly number[]): void {
    this.#tuple[this.#base(broker) + UP] = this.parts.channels.add(items, items.join());
  }

  setDown(broker: number, items: readonly number[]): void {
    this.#tuple[this.#base(broker) + DOWN] = this.parts.channels.add(items, items.join());
  }

  pushUp(broker: number, item: Item): void {
    this.setUp(broker, [...this.up(broker), this.parts.items.addPlain(item)]);
  }

  pushDown(broker: number, item: Item): void {
    this.setDown(broker, [...this.down(broker), this.parts.items.addPlain(item)]);
  }

  #base(broker: number): number {
    return broker * (KEEPERS + this.locks);
  }

  #at(place: number): number {
    return this.#tuple[place] ?? 0;
  }
}

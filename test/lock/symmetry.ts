import type { Bounds } from './bounds.ts';
import type { Parts } from './parts.ts';
import { reorderMaster, swapUsersOfKeeper, swapUsersOfSide } from './renaming.ts';

/** Of each broker: its side, two channels, and from here on its keepers. */
const KEEPERS = 3;

/** Makes one state of those in which brokers, or the two users of a broker, are in each other's place: all do the same. */
export class Symmetry {
  readonly #parts: Parts;
  readonly #bounds: Bounds;
  readonly #orders: readonly (readonly number[])[];
  readonly #width: number;
  readonly #keepers: (number | undefined)[] = [];
  /** By lock. */
  readonly #sides: (number | undefined)[][];
  /** By order. */
  readonly #masters: (number | undefined)[][];

  constructor(parts: Parts, bounds: Bounds) {
    this.#parts = parts;
    this.#bounds = bounds;
    this.#orders = ordersOf(Array.from({ length: bounds.brokers }, (_, broker) => broker));
    this.#width = KEEPERS + bounds.locks;
    this.#sides = Array.from({ length: bounds.locks }, () => []);
    this.#masters = this.#orders.map(() => []);
  }

  of(state: number[]): number[] {
    const { brokers, locks, users } = this.#bounds;
    if (users === 2) {
      for (let broker = 0; broker < brokers; broker += 1) {
        for (let lock = 0; lock < locks; lock += 1) this.#orderUsers(state, broker * this.#width, lock);
      }
    }
    let first = state;
    for (let order = 1; order < this.#orders.length; order += 1) {
      if (this.#compare(state, order, first) < 0) first = this.#reordered(state, order);
    }
    return first;
  }

  /** In place. */
  #orderUsers(state: number[], base: number, lock: number): void {
    const side = state[base] ?? 0;
    const keeper = state[base + KEEPERS + lock] ?? 0;
    const { keepers, sides } = this.#parts;
    const ofLock = (this.#sides[lock] ??= []);
    const swappedSide = (ofLock[side] ??= sides.addPlain(swapUsersOfSide(sides.get(side), lock)));
    if (swappedSide > side) return;
    const swappedKeeper = (this.#keepers[keeper] ??= keepers.addPlain(swapUsersOfKeeper(keepers.get(keeper))));
    if (swappedSide === side && swappedKeeper >= keeper) return;
    state[base] = swappedSide;
    state[base + KEEPERS + lock] = swappedKeeper;
  }

  /** As arrays are compared, without making the one in this order. */
  #compare(state: readonly number[], order: number, first: readonly number[]): number {
    for (let place = 0; place < state.length; place += 1) {
      const difference = this.#at(state, order, place) - (first[place] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #reordered(state: readonly number[], order: number): number[] {
    return state.map((_, place) => this.#at(state, order, place));
  }

  #at(state: readonly number[], order: number, place: number): number {
    const { brokers, locks } = this.#bounds;
    const lock = place - brokers * this.#width;
    if (lock < 0) {
      const from = this.#orders[order]?.[Math.floor(place / this.#width)] ?? 0;
      return state[from * this.#width + (place % this.#width)] ?? 0;
    }
    const number = state[place] ?? 0;
    if (lock >= locks) return number;
    const known = this.#masters[order]?.[number];
    if (known !== undefined) return known;
    const { masters } = this.#parts;
    const renamed = masters.addPlain(reorderMaster(masters.get(number), this.#orders[order] ?? []));
    const ofOrder = (this.#masters[order] ??= []);
    ofOrder[number] = renamed;
    return renamed;
  }
}

/** The order that is given is the first. */
function ordersOf(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item) => ordersOf(items.filter((one) => one !== item)).map((rest) => [item, ...rest]));
}

import type { Bounds } from './bounds.ts';
import type { Parts } from './parts.ts';
import { type Names, renameItem, renameKeeper, renameMaster, renameSide } from './renaming.ts';

type Rename = (number: number, names: Names) => number;

/** The numbers that a part has, a bit for each, one mask for each kind; and of the last requests, how many bits there must be. */
type Used = { masks: readonly number[]; lasts: readonly number[] };

/** New names for all states that have the same numbers. */
type Naming = { id: number; names: Names };

/** More than there are parts of one kind. */
const PARTS = 2 ** 26;
const NONE = -1;

/**
 * Makes one state of those that differ only in generations and numbers of requests: those in use become 1, 2, 3, … in the same order,
 * and the next one follows. The machines ask whether two are equal, and for the next.
 */
export class Canonical {
  readonly #places: Rename[] = [];
  readonly #used: (Used | undefined)[][];
  readonly #renamed: Map<number, number>[];
  readonly #namings = new Map<string, Naming>();
  readonly #locks: number;
  /** Of the state that is looked at. */
  readonly #masks: number[];
  readonly #lasts: number[];

  constructor(parts: Parts, { brokers, locks }: Bounds) {
    const { keepers, masters, sides, channels, items } = parts;
    this.#locks = locks;
    for (let broker = 0; broker < brokers; broker += 1) {
      const channel: Rename = (number, names) => {
        const renamed = channels.get(number).map((item) => items.addPlain(renameItem(items.get(item), broker, names)));
        return channels.add(renamed, renamed.join());
      };
      this.#places.push((number, names) => sides.addPlain(renameSide(sides.get(number), names)), channel, channel);
      for (let lock = 0; lock < locks; lock += 1) {
        this.#places.push((number, names) => keepers.addPlain(renameKeeper(keepers.get(number), broker, lock, names)));
      }
    }
    for (let lock = 0; lock < locks; lock += 1) {
      this.#places.push((number, names) => masters.addPlain(renameMaster(masters.get(number), lock, names)));
    }
    this.#used = this.#places.map(() => []);
    this.#renamed = this.#places.map(() => new Map<number, number>());
    this.#masks = new Array<number>(locks * (1 + brokers)).fill(0);
    this.#lasts = new Array<number>(locks * (1 + brokers)).fill(NONE);
  }

  /** In place. */
  of(state: number[]): number[] {
    const masks = this.#masks.fill(0);
    const lasts = this.#lasts.fill(NONE);
    for (let place = 0; place < this.#places.length; place += 1) {
      const used = this.#usedIn(place, state[place] ?? 0);
      for (let space = 0; space < masks.length; space += 1) {
        masks[space] = (masks[space] ?? 0) | (used.masks[space] ?? 0);
        lasts[space] = Math.max(lasts[space] ?? 0, used.lasts[space] ?? NONE);
      }
    }
    if (isCounted(masks, lasts)) return state;
    const naming = this.#namingFor(masks);
    for (let place = 0; place < this.#places.length; place += 1) {
      state[place] = this.#rename(place, state[place] ?? 0, naming);
    }
    return state;
  }

  #rename(place: number, number: number, { id, names }: Naming): number {
    const known = this.#renamed[place]?.get(id * PARTS + number);
    if (known !== undefined) return known;
    const renamed = this.#places[place]?.(number, names) ?? number;
    this.#renamed[place]?.set(id * PARTS + number, renamed);
    return renamed;
  }

  #usedIn(place: number, number: number): Used {
    const ofPlace = (this.#used[place] ??= []);
    return (ofPlace[number] ??= this.#findUsed(place, number));
  }

  #findUsed(place: number, number: number): Used {
    const masks = this.#masks.map(() => 0);
    const lasts = this.#masks.map(() => NONE);
    const note = (space: number, id: number): number => {
      if (id > 31) throw new Error('too many numbers are in use at once');
      if (id > 0) masks[space] = (masks[space] ?? 0) | (1 << (id - 1));
      return id;
    };
    this.#places[place]?.(number, {
      gen: note,
      request: (broker, lock, id) => note(this.#space(broker, lock), id),
      last: (broker, lock, id) => (lasts[this.#space(broker, lock)] = id),
    });
    return { masks, lasts };
  }

  #namingFor(masks: readonly number[]): Naming {
    const key = masks.join();
    let naming = this.#namings.get(key);
    if (naming === undefined) {
      naming = { id: this.#namings.size, names: this.#namesFor([...masks]) };
      this.#namings.set(key, naming);
    }
    return naming;
  }

  #namesFor(masks: readonly number[]): Names {
    const rank = (space: number, id: number): number => (id === 0 ? 0 : ones((masks[space] ?? 0) & (-1 >>> (32 - id))));
    return {
      gen: rank,
      request: (broker, lock, id) => rank(this.#space(broker, lock), id),
      last: (broker, lock) => ones(masks[this.#space(broker, lock)] ?? 0),
    };
  }

  #space(broker: number, lock: number): number {
    return (1 + broker) * this.#locks + lock;
  }
}

/** Already 1, 2, 3, …, and the next comes right after. */
function isCounted(masks: readonly number[], lasts: readonly number[]): boolean {
  return masks.every((mask, space) => {
    const last = lasts[space] ?? NONE;
    return (mask & (mask + 1)) === 0 && (last === NONE || last === ones(mask));
  });
}

function ones(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

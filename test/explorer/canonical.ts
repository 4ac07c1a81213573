import type { Machines } from './machines.ts';
import { isCanonical, KERNELS, namesFor, NONE, noting, type Used } from './naming.ts';
import type { Parts } from './parts.ts';
import { type Names, renameBook, renameItem, renameMaster, renameStore, renameVm, swapKernels } from './renaming.ts';

/** A kind of part of a state, its numbers in what is known of each, and how one gets other names. */
type Kind = { used: (Used | undefined)[]; renamed: Map<number, number>; rename: Rename };
type Rename = (number: number, kernel: number, names: Names) => number;

/** New names for all that have the same numbers. */
type Naming = { id: number; names: Names };
/** More than there are parts of one kind. */
const PARTS = 2 ** 26;
/**
 * Makes one state of those that differ only in names. The numbers of grants and requests in use become 1, 2, 3, … in the same order:
 * the machines compare such numbers, and count on from the last. And of two kernels either may be the first.
 */
export class Canonical {
  readonly #kernels: number;
  readonly #kinds: readonly Kind[];
  readonly #machines: Machines;
  readonly #swapped: (number | undefined)[] = [];
  readonly #namings = new Map<string, Naming>();
  /** Of the state that is looked at. */
  readonly #masks: number[];
  readonly #lasts: number[];

  constructor(machines: Machines, parts: Parts, kernels: number) {
    const { vms, masters } = machines;
    const { items, channels, stores, books } = parts;
    this.#kernels = kernels;
    this.#machines = machines;
    this.#masks = new Array<number>(KERNELS + kernels).fill(0);
    this.#lasts = new Array<number>(KERNELS + kernels).fill(NONE);
    const vm = newKind((number, kernel, names) => vms.add(renameVm(vms.get(number), kernel, names)));
    const channel = newKind((number, kernel, names) => {
      const renamed = channels.get(number).map((item) => items.add(renameItem(items.get(item), kernel, names)));
      return channels.add(renamed, renamed.join());
    });
    const host = newKind((number) => number);
    this.#kinds = [
      ...Array.from({ length: kernels }, () => [vm, host, channel, channel]).flat(),
      newKind((number, _kernel, names) => masters.add(renameMaster(masters.get(number), names))),
      newKind((number, _kernel, names) => stores.addPlain(renameStore(stores.get(number), names))),
      newKind((number, _kernel, names) => parts.addBook(renameBook(books.get(number), names))),
    ];
  }

  /** In place, if it can be. */
  of(state: number[]): number[] {
    const masks = this.#masks.fill(0);
    const lasts = this.#lasts.fill(NONE);
    for (let place = 0; place < state.length; place += 1) {
      const used = this.#used(place, state[place] ?? NONE);
      if (used === null) continue;
      for (let space = 0; space < masks.length; space += 1) {
        masks[space] = (masks[space] ?? 0) | (used.masks[space] ?? 0);
        lasts[space] = Math.max(lasts[space] ?? 0, used.lasts[space] ?? NONE);
      }
    }
    if (!isCanonical(masks, lasts)) {
      const names = this.#names(masks);
      for (let place = 0; place < state.length; place += 1) {
        const number = state[place] ?? NONE;
        if (number >= 0) state[place] = this.#renamed(place, number, names);
      }
    }
    return this.#kernels === 2 ? this.#firstOfTwo(state) : state;
  }

  #used(place: number, number: number): Used | null {
    const kind = this.#kinds[place];
    if (kind === undefined || number < 0) return null;
    const kernel = this.#kernelAt(place);
    const at = number * this.#kernels + kernel;
    let used = kind.used[at];
    if (used === undefined) {
      const size = KERNELS + this.#kernels;
      used = { masks: new Array<number>(size).fill(0), lasts: new Array<number>(size).fill(NONE), isEmpty: false };
      kind.rename(number, kernel, noting(used));
      used.isEmpty = used.masks.every((mask) => mask === 0) && used.lasts.every((last) => last === NONE);
      kind.used[at] = used;
    }
    return used;
  }

  #names(masks: readonly number[]): Naming {
    const key = masks.join();
    let naming = this.#namings.get(key);
    if (naming === undefined) {
      naming = { id: this.#namings.size, names: namesFor([...masks]) };
      this.#namings.set(key, naming);
    }
    return naming;
  }

  #renamed(place: number, number: number, { id, names }: Naming): number {
    const kind = this.#kinds[place];
    if (kind === undefined) return number;
    if (this.#used(place, number)?.isEmpty === true) return number;
    const kernel = this.#kernelAt(place);
    const key = (id * PARTS + number) * this.#kernels + kernel;
    let renamed = kind.renamed.get(key);
    if (renamed === undefined) {
      renamed = kind.rename(number, kernel, names);
      kind.renamed.set(key, renamed);
    }
    return renamed;
  }

  /** Of the state and the one with the kernels in each other's place. */
  #firstOfTwo(state: number[]): number[] {
    const swapped = [...state.slice(4, 8), ...state.slice(0, 4), this.#swap(state[8] ?? NONE), ...state.slice(9)];
    for (let place = 0; place < state.length; place += 1) {
      const difference = (state[place] ?? 0) - (swapped[place] ?? 0);
      if (difference !== 0) return difference < 0 ? state : swapped;
    }
    return state;
  }

  #swap(master: number): number {
    if (master < 0) return master;
    const { masters } = this.#machines;
    const known = this.#swapped[master];
    if (known !== undefined) return known;
    const swapped = masters.add(swapKernels(masters.get(master)));
    this.#swapped[master] = swapped;
    return swapped;
  }

  #kernelAt(place: number): number {
    return place < this.#kernels * 4 ? place >> 2 : 0;
  }
}

function newKind(rename: Rename): Kind {
  return { used: [], renamed: new Map<number, number>(), rename };
}

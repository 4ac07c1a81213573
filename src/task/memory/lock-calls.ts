/** What a futex is, whichever mapping of the task it was reached by. */
type Key = { readonly object: number; readonly offset: number };

/**
 * Lock calls of one task that are out. While one is, the task does not use the word of that futex: a process that is stopped between
 * its look at the generation and the compare-exchange could give away what its broker has granted to that call meanwhile, which looks
 * the same.
 */
export class LockCalls {
  /** Of all futexes: who is in a hurry looks at it first. */
  count = 0;
  readonly #of = new Map<string, number>();

  isOut(key: Key): boolean {
    return this.#of.has(nameOf(key));
  }

  async during<T>(key: Key, make: () => Promise<T>): Promise<T> {
    this.#add(nameOf(key), 1);
    try {
      return await make();
    } finally {
      this.#add(nameOf(key), -1);
    }
  }

  #add(name: string, by: number): void {
    const count = (this.#of.get(name) ?? 0) + by;
    if (count === 0) this.#of.delete(name);
    else this.#of.set(name, count);
    this.count += by;
  }
}

function nameOf({ object, offset }: Key): string {
  return `${object} ${offset}`;
}

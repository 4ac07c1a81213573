/**
 * All ways in which something can go whose outcome depends on choices: `run` is called once for each, and asks the script for each
 * choice. What it does must depend on nothing else.
 */
export function everyWay<T>(run: (script: Script) => T): T[] {
  const left: number[][] = [[]];
  const outcomes: T[] = [];
  for (let prefix = left.pop(); prefix !== undefined; prefix = left.pop()) outcomes.push(run(new Script(prefix, left)));
  return outcomes;
}

export class Script {
  readonly #taken: number[] = [];
  readonly #prefix: readonly number[];
  readonly #left: number[][];

  constructor(prefix: readonly number[], left: number[][]) {
    this.#prefix = prefix;
    this.#left = left;
  }

  /** One of 0 … `count` - 1. The others are put down for later. */
  choose(count: number): number {
    const given = this.#prefix[this.#taken.length];
    if (given === undefined) for (let other = 1; other < count; other += 1) this.#left.push([...this.#taken, other]);
    const choice = given ?? 0;
    this.#taken.push(choice);
    return choice;
  }
}

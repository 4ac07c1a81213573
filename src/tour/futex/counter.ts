import type { Region } from 'easync';

/** Bytes of the memory object. */
export const OBJECT_BYTES = 4096;
/** The word whose futex protects what follows. */
export const FUTEX_AT = 0;
/** Not 0: they have begun. Who comes before sleeps on it. */
export const GATE_AT = 4;

export type Count = {
  value: number;
  /** How often each task has counted. */
  shares: number[];
  /** How often the futex went on to another task of the same broker, and to one of another broker. */
  within: number;
  between: number;
  /** How many owners were found dead. */
  deaths: number;
};

/**
 * The counter in the object, and beside it how often each task has counted: its share, which it writes first. So whoever finds that
 * an owner has died knows what the counter has to be. All of this is for the owner of the futex alone.
 */
export class Counter {
  readonly #region: Region;
  readonly #tasksPerBroker: number;
  readonly #words: Uint32Array;

  constructor(region: Region, tasks: number, tasksPerBroker: number) {
    this.#region = region;
    this.#tasksPerBroker = tasksPerBroker;
    this.#words = new Uint32Array(SHARES + tasks);
  }

  /** Reads, for this task, which is about to write: it does so first, and the page comes with both rights at once. */
  async enter(task: number): Promise<void> {
    await this.#set(INSIDE, task + 1);
    await this.read();
  }

  async read(): Promise<void> {
    await this.#region.readInto(WORDS_AT, new Uint8Array(this.#words.buffer));
  }

  /** This and `count` are what was read last. */
  get value(): number {
    return this.#word(VALUE);
  }

  get count(): Count {
    const { value } = this;
    const shares = [...this.#words.subarray(SHARES)];
    return { value, shares, within: this.#word(WITHIN), between: this.#word(BETWEEN), deaths: this.#word(DEATHS) };
  }

  /** `halfway` is called between the two halves of it. */
  async increment(task: number, halfway: () => Promise<void> | undefined): Promise<void> {
    await this.#add(SHARES + task);
    await halfway();
    await this.#add(VALUE);
    const last = this.#word(LAST) - 1;
    if (last === task) return;
    const isWithin = this.#brokerOf(last) === this.#brokerOf(task);
    if (last >= 0) await this.#add(isWithin ? WITHIN : BETWEEN);
    await this.#set(LAST, task + 1);
  }

  /** Finishes what an owner that died has begun. */
  async repair(): Promise<void> {
    await this.#set(VALUE, sum(this.count.shares));
    await this.#add(DEATHS);
  }

  #brokerOf(task: number): number {
    return Math.floor(task / this.#tasksPerBroker);
  }

  #word(index: number): number {
    return this.#words[index] ?? 0;
  }

  async #add(index: number): Promise<void> {
    await this.#set(index, this.#word(index) + 1);
  }

  async #set(index: number, value: number): Promise<void> {
    this.#words[index] = value;
    await this.#region.write(WORDS_AT + index * 4, new Uint8Array(this.#words.buffer, index * 4, 4));
  }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

const WORDS_AT = 8;
const [INSIDE, VALUE, LAST, WITHIN, BETWEEN, DEATHS, SHARES] = [0, 1, 2, 3, 4, 5, 6];

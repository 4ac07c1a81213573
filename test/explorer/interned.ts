/** Values by small numbers: equal values have the same. They are plain data, and nobody changes one that is in here. */
export class Interned<T> {
  readonly #numbers = new Map<string, number>();
  readonly #values: T[] = [];

  get size(): number {
    return this.#values.length;
  }

  add(value: T, key: string = keyOf(value)): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#values.length;
    this.#numbers.set(key, number);
    this.#values.push(value);
    return number;
  }

  /** Without maps, sets and bytes in it, which takes less time. */
  addPlain(value: T): number {
    return this.add(value, JSON.stringify(value));
  }

  get(number: number): T {
    const value = this.#values[number];
    if (value === undefined) throw new Error(`there is no value ${number}`);
    return value;
  }
}

/** The same for equal values: the order in which maps and sets of numbers were filled makes no difference. */
export function keyOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Map) return `{${inOrder(value.keys(), (key) => `${key}:${keyOf(value.get(key))}`)}}`;
  if (value instanceof Set) {
    const numbers = [...value].filter((item) => typeof item === 'number');
    return numbers.length === value.size ? `<${inOrder(numbers, String)}>` : keyOf([...value]);
  }
  if (value instanceof Uint8Array) return `'${value.join()}'`;
  let key = '';
  if (Array.isArray(value)) for (const item of value) key += `${keyOf(item)},`;
  else for (const item of Object.values(value)) key += `${keyOf(item)};`;
  return `(${key})`;
}

function inOrder(numbers: Iterable<number>, text: (number: number) => string): string {
  return [...numbers]
    .toSorted((a, b) => a - b)
    .map(text)
    .join();
}

/** A place in a `Fifo`; keep it to remove the value from the middle. */
export type Place<T> = { readonly value: T; before: Place<T> | null; after: Place<T> | null };

/** A queue that gives up any element in constant time: blocked sends and waiting receives are cancelled from the middle. */
export class Fifo<T> {
  size = 0;
  head: Place<T> | null = null;
  tail: Place<T> | null = null;

  push(value: T): Place<T> {
    const place: Place<T> = { value, before: this.tail, after: null };
    if (this.tail === null) this.head = place;
    else this.tail.after = place;
    this.tail = place;
    this.size += 1;
    return place;
  }

  unshift(value: T): Place<T> {
    const place: Place<T> = { value, before: null, after: this.head };
    if (this.head === null) this.tail = place;
    else this.head.before = place;
    this.head = place;
    this.size += 1;
    return place;
  }

  shift(): T | undefined {
    return this.#take(this.head);
  }

  pop(): T | undefined {
    return this.#take(this.tail);
  }

  /** `place` must be in this queue. */
  remove(place: Place<T>): void {
    if (place.before === null) this.head = place.after;
    else place.before.after = place.after;
    if (place.after === null) this.tail = place.before;
    else place.after.before = place.before;
    this.size -= 1;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let place = this.head; place !== null; place = place.after) yield place.value;
  }

  #take(place: Place<T> | null): T | undefined {
    if (place === null) return undefined;
    this.remove(place);
    return place.value;
  }
}

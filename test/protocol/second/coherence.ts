import { READ, WRITE } from './xp.ts';

/** A kernel, as the pages know it: what it may hold of them. */
export interface Holder {
  /** Takes the page away, or (not `flush`) its right to write; done when all that was written has come back. */
  recall(page: number, flush: boolean): Promise<void>;
}

/** One writer or many readers of each page. */
export class Coherence<K extends Holder> {
  /** Pages that are being taken away. */
  recalls = 0;
  /** Who may have the page, and with which accesses. */
  readonly #copies = new Map<number, Map<K, number>>();
  readonly #turns = new Map<number, Promise<void>>();

  /** Calls `grant` when `kernel` may have the page with `access`. One request after the other, page by page. */
  ask(page: number, kernel: K, access: number, grant: (accesses: number) => void): Promise<void> {
    const turn = (this.#turns.get(page) ?? Promise.resolve()).then(async () => {
      const copies = this.#copies.get(page) ?? new Map<K, number>();
      this.#copies.set(page, copies);
      const writes = (access & WRITE) !== 0;
      const others = [...copies].filter(([other, has]) => other !== kernel && (writes || (has & WRITE) !== 0));
      this.recalls += others.length;
      await Promise.all(others.map(([other]) => other.recall(page, writes)));
      this.recalls -= others.length;
      for (const [other] of others) {
        if (writes) copies.delete(other);
        else if (copies.has(other)) copies.set(other, READ);
      }
      // Never less than it has: a page that it has written to would not be asked for when somebody reads.
      const accesses = READ | access | (copies.get(kernel) ?? 0);
      copies.set(kernel, accesses);
      grant(accesses);
    });
    this.#turns.set(page, turn);
    return turn;
  }

  /** What the kernel had is gone with it. */
  forget(kernel: K): void {
    for (const copies of this.#copies.values()) copies.delete(kernel);
  }
}

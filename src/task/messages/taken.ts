import type { Name } from '../../kernel/types.ts';
import type { Link } from '../../link/link.ts';
import { encodeFields, encodeHead, MESSAGES } from '../../wire/index.ts';

/** Tells the kernel which of the messages it delivered this task has taken: a tick's in one frame per port. */
export class Taken {
  readonly #link: Link;
  readonly #counts = new Map<Name, number>();

  constructor(link: Link) {
    this.#link = link;
  }

  /**
   * One more message of this port. `atOnce`: before anything is done with it. If this task is killed then, the message is lost, and
   * its sender told so; it does not go to the port's next holder, to be handled twice.
   */
  add(port: Name, atOnce = false): void {
    if (this.#counts.size === 0) queueMicrotask(() => this.report());
    this.#counts.set(port, (this.#counts.get(port) ?? 0) + 1);
    if (!atOnce) return;
    this.report();
    this.#link.flush();
  }

  /** No more is taken of this port: what was delivered is the kernel's again, in order. */
  stop(port: Name): void {
    this.report();
    this.#link.send(encodeHead({ kind: MESSAGES.drained.id }), encodeFields('drained', { port, taken: 0 }));
  }

  /** Now, where something that follows depends on it. */
  report(): void {
    for (const [port, count] of this.#counts) {
      this.#link.send(encodeHead({ kind: MESSAGES.taken.id }), encodeFields('taken', { port, count }));
    }
    this.#counts.clear();
  }
}

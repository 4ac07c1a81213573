import type { Host } from '../host/host.ts';
import type { Link } from '../link/link.ts';

/**
 * A link's share of the event loop: once its frames have taken `ms` of a turn, the rest waits until everybody else had a turn.
 * A task that sends faster than its frames can be handled, or frames that take long, holds up itself.
 */
export class Turn {
  readonly #host: Host;
  readonly #ms: number;
  readonly #link: Link;
  /** When the share is used up; 0: nothing of it has been used in this turn of the loop. */
  #until = 0;
  #paused = false;

  constructor(host: Host, ms: number, link: Link) {
    this.#host = host;
    this.#ms = ms;
    this.#link = link;
  }

  /** A frame is about to be handled. */
  begin(): void {
    if (this.#until !== 0) return;
    this.#until = this.#host.now() + this.#ms;
    this.#host.immediate(() => this.#next());
  }

  /** It has been. */
  end(): void {
    if (this.#paused || this.#host.now() < this.#until) return;
    this.#paused = true;
    this.#link.pause();
  }

  #next(): void {
    this.#until = 0;
    if (!this.#paused) return;
    this.#paused = false;
    this.#link.resume();
  }
}

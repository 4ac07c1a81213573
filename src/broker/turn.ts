import type { Host } from '../host/host.ts';
import type { Link } from '../link/link.ts';

/**
 * A link's share of the event loop: when its frames have been handled for `ms`, the rest waits until everybody else had a turn.
 * A task that sends faster than its frames can be handled, or frames that take long, holds up itself.
 */
export class Turn {
  readonly #host: Pick<Host, 'now' | 'immediate'>;
  readonly #ms: number;
  readonly #link: Pick<Link, 'pause' | 'resume'>;
  /** When the share began. Turns in which it is not used up count together: to look for the end of each would cost all of them. */
  #since = 0;
  #paused = false;

  constructor(host: Pick<Host, 'now' | 'immediate'>, ms: number, link: Pick<Link, 'pause' | 'resume'>) {
    this.#host = host;
    this.#ms = ms;
    this.#link = link;
  }

  /** A frame is about to be handled. */
  begin(): void {
    const now = this.#host.now();
    // The clock may have been set back.
    if (Math.abs(now - this.#since) >= this.#ms) this.#since = now;
  }

  /** It has been. */
  end(): void {
    if (this.#paused || this.#host.now() - this.#since < this.#ms) return;
    this.#paused = true;
    this.#link.pause();
    this.#host.immediate(() => this.#next());
  }

  #next(): void {
    this.#paused = false;
    this.#link.resume();
  }
}

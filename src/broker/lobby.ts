import { IpcError, ProtocolError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';

/** Turns a guest away. */
type End = (why: IpcError) => void;
type Guest = { readonly end: End; readonly timer: Disposable; readonly invited: boolean };

/** Links without a task: those that have not said hello, and those that may still read what is left for them. Each has its time. */
export class Lobby {
  readonly #host: Host;
  readonly #limits: Limits;
  #most: number;
  /** Those that have waited longest first. */
  readonly #guests = new Map<Link, Guest>();

  constructor(host: Host, limits: Limits) {
    this.#host = host;
    this.#limits = limits;
    this.#most = limits.handshakes;
  }

  /** It has `handshakeMs` to say hello. One that was `invited`, by whoever made it, takes nobody's place, and loses its own to nobody. */
  arrives(link: Link, invited: boolean, end: End): void {
    const { handshakeMs } = this.#limits;
    this.#admit(link, invited, end, handshakeMs, () =>
      end(new ProtocolError(`no hello within ${handshakeMs} ms (handshakeMs)`)),
    );
  }

  leaves(link: Link): void {
    const end = (): void => link.destroy();
    this.#admit(link, false, end, this.#limits.killGraceMs, end);
  }

  /** Everybody is being sent home. */
  closes(): void {
    this.#most = Infinity;
  }

  /** It has a task now, or it has ended. */
  forget(link: Link): void {
    this.#guests.get(link)?.timer[Symbol.dispose]();
    this.#guests.delete(link);
  }

  #admit(link: Link, invited: boolean, end: End, ms: number, late: () => void): void {
    this.forget(link);
    this.#guests.set(link, { end, invited, timer: this.#host.timer(ms, late, { unref: true }) });
    const strangers = [...this.#guests.keys()].filter((guest) => this.#guests.get(guest)?.invited === false);
    if (strangers.length > this.#most) this.#turnAway(mostCrowding(strangers));
  }

  #turnAway(link: Link): void {
    const { handshakes } = this.#limits;
    const guest = this.#guests.get(link);
    this.forget(link);
    const text = `more than ${handshakes} connections have no task (handshakes); say hello at once, and close what you do not use`;
    guest?.end(new IpcError('ELIMIT', text));
  }
}

/** Of the process with the most links here the one that has waited longest: who knocks all the time keeps nobody out but himself. */
function mostCrowding(links: readonly Link[]): Link {
  const pids = links.map(({ peer }) => peer?.pid);
  const share = (pid: number | undefined): number => pids.filter((other) => other === pid).length;
  return links.reduce((most, next) => (share(next.peer?.pid) > share(most.peer?.pid) ? next : most));
}

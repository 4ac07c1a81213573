import { IpcError, ProtocolError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { type Routes, splitRoutes } from '../link/routes.ts';
import { Turn } from './turn.ts';

/** The routes of one peer's link: it adopts them in rising order, so that a late frame on one that is over is told from nonsense. */
export class LinkRoutes {
  readonly #routes: Routes;
  /** What all of them may take of the event loop's turns. */
  readonly turn: Turn;
  /** Adopted ones that are not over. */
  tasks = 0;
  #adopted = 0;

  constructor(link: Link, host: Host, { turnMs }: Limits, onNonsense: (why: ProtocolError) => void) {
    this.turn = new Turn(host, turnMs, link);
    this.#routes = splitRoutes(link, (route) => {
      // What the peer sent before it heard that the route is closed is nobody's any more.
      if (route > this.#adopted) onNonsense(new ProtocolError(`route ${route} was never adopted`));
    });
  }

  get main(): Link {
    return this.#routes.main;
  }

  mustHaveRoom({ routesPerLink }: Limits): void {
    if (this.tasks < routesPerLink) return;
    const text = `this process has ${routesPerLink} threads attached (routesPerLink); end some before starting more`;
    throw new IpcError('ELIMIT', text, { op: 'adopt' });
  }

  adopt(route: number): Link {
    if (route <= this.#adopted) {
      throw new ProtocolError(`routes are adopted in rising order from 1, not ${route} after ${this.#adopted}`);
    }
    this.#adopted = route;
    return this.#routes.open(route);
  }
}

import { ProtocolError } from '../errors.ts';
import type { Link } from '../link/link.ts';
import { type Routes, splitRoutes } from '../link/routes.ts';

/** The routes of one peer's link: it adopts them in rising order, so that a late frame on one that is over is told from nonsense. */
export class LinkRoutes {
  readonly #routes: Routes;
  #adopted = 0;

  constructor(link: Link, onNeverAdopted: (route: number) => void) {
    this.#routes = splitRoutes(link, (route) => {
      // What the peer sent before it heard that the route is closed is nobody's any more.
      if (route > this.#adopted) onNeverAdopted(route);
    });
  }

  get main(): Link {
    return this.#routes.main;
  }

  adopt(route: number): Link {
    if (route <= this.#adopted) {
      throw new ProtocolError(`routes are adopted in rising order from 1, not ${route} after ${this.#adopted}`);
    }
    this.#adopted = route;
    return this.#routes.open(route);
  }
}

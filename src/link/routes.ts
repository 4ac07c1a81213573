import { encodeHead, MESSAGES, kindOf, routeOf, withRoute } from '../wire/index.ts';
import type { Link, LinkHandlers } from './link.ts';

export type Routes = {
  /** Route 0, the process's own. Starting it starts the shared link, and closing it closes that, for every route. */
  readonly main: Link;
  /**
   * The link of one other route. What it sends is stamped with its route, in the caller's bytes. Closing it tells the peer
   * `routeClosed` and leaves the shared link as it is.
   */
  open(route: number): Link;
};

/**
 * Lets several tasks share one link, each on a route of its own. A frame on a route that is not open goes to `onUnknown`;
 * the end of the link ends every route.
 */
export function splitRoutes(link: Link, onUnknown: (route: number, frame: Buffer) => void): Routes {
  const open = new Map<number, RoutedLink>();
  const handlers: LinkHandlers = {
    onFrame(frame, memory) {
      const route = routeOf(frame);
      const routed = open.get(route);
      if (routed === undefined) onUnknown(route, frame);
      else if (kindOf(frame) === MESSAGES.routeClosed.id) routed.end();
      else routed.deliver(frame, memory);
    },
    onBatchEnd() {
      for (const routed of open.values()) routed.endBatch();
    },
    onDrain() {
      for (const routed of open.values()) routed.drained();
    },
    onClose(error) {
      for (const routed of [...open.values()]) routed.end(error);
    },
  };
  const main = new MainLink(link, handlers, () => open.delete(0));
  open.set(0, main);
  return {
    main,
    open(route) {
      const routed = new RoutedLink(link, route, () => open.delete(route));
      open.set(route, routed);
      return routed;
    },
  };
}

/** Joins two links: every frame that comes on one leaves on the other, and they end together. Starts both. */
export function relay(a: Link, b: Link): void {
  a.start(forwardTo(b));
  b.start(forwardTo(a));
}

function forwardTo(to: Link): LinkHandlers {
  return {
    onFrame: (frame, memory) => to.send(frame, undefined, memory),
    onBatchEnd: () => to.flush(),
    onClose: () => to.close(),
  };
}

class RoutedLink implements Link {
  readonly #link: Link;
  readonly #route: number;
  readonly #forget: () => void;
  #handlers: LinkHandlers | undefined;
  /** What came before `start`. */
  #early: { frame: Buffer; memory: readonly Uint8Array[] }[] = [];
  #delivered = false;
  /** This side wants nothing more. */
  #closed = false;
  #ended = false;
  #error: Error | undefined;

  constructor(link: Link, route: number, forget: () => void) {
    this.#link = link;
    this.#route = route;
    this.#forget = forget;
  }

  get peer(): Link['peer'] {
    return this.#link.peer;
  }

  get pendingBytes(): number {
    return this.#link.pendingBytes;
  }

  send(head: Uint8Array, body?: Uint8Array, memory?: readonly Uint8Array[], onLeft?: () => void): void {
    if (!this.#closed && !this.#ended) this.#link.send(withRoute(head, this.#route), body, memory, onLeft);
  }

  flush(): void {
    this.#link.flush();
  }

  /** Of all routes: they share what is read. */
  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  start(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    for (const { frame, memory } of this.#early) this.deliver(frame, memory);
    this.#early = [];
    this.endBatch();
    if (this.#ended) handlers.onClose(this.#error);
  }

  close(): void {
    if (this.#closed || this.#ended) return;
    this.send(encodeHead({ kind: MESSAGES.routeClosed.id }));
    queueMicrotask(() => this.end());
    this.#closed = true;
  }

  destroy(): void {
    this.close();
  }

  ref(): void {
    this.#link.ref();
  }

  /** The shared link stays alive for the other routes. */
  unref(): void {}

  deliver(frame: Buffer, memory: readonly Uint8Array[]): void {
    if (this.#closed) return;
    if (this.#handlers === undefined) {
      this.#early.push({ frame: Buffer.from(frame), memory });
      return;
    }
    this.#delivered = true;
    this.#handlers.onFrame(frame, memory);
  }

  endBatch(): void {
    if (!this.#delivered || this.#closed) return;
    this.#delivered = false;
    this.#handlers?.onBatchEnd?.();
  }

  drained(): void {
    if (!this.#closed) this.#handlers?.onDrain?.();
  }

  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#forget();
    this.#handlers?.onClose(error);
  }
}

/** The route that owns the shared link. */
class MainLink extends RoutedLink {
  readonly #shared: Link;
  readonly #handlers: LinkHandlers;

  constructor(shared: Link, handlers: LinkHandlers, forget: () => void) {
    super(shared, 0, forget);
    this.#shared = shared;
    this.#handlers = handlers;
  }

  override start(handlers: LinkHandlers): void {
    super.start(handlers);
    this.#shared.start(this.#handlers);
  }

  override close(): void {
    this.#shared.close();
  }

  override destroy(): void {
    this.#shared.destroy();
  }

  override unref(): void {
    this.#shared.unref();
  }
}

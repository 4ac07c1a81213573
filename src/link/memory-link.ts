import type { Host } from '../host/host.ts';
import { handOut } from './framing.ts';
import type { Link, LinkHandlers } from './link.ts';

/** What a test can do to one direction of a memory link. */
export type Faults = {
  /** Keeps back everything from now on, the end of the link included, until `release`. */
  hold(): void;
  release(): void;
  /** Lets everything sent from now on arrive this many milliseconds later. */
  delay(ms: number): void;
  /** Nothing sent from now on arrives, and nobody is told. */
  cut(): void;
  /** The sending process dies here and now: what is on its way is lost, and both ends close. */
  kill(): void;
};

export type MemoryLinkPair = { a: Link; b: Link; aToB: Faults; bToA: Faults };

type Clock = Pick<Host, 'now' | 'timer' | 'immediate'>;

/** Two ends of a link inside one process. Delivery is asynchronous and in order, on the host's clock. */
export function memoryLinkPair(host: Clock): MemoryLinkPair {
  const aToB = new Direction(host);
  const bToA = new Direction(host);
  const a = new MemoryLink(aToB, bToA);
  const b = new MemoryLink(bToA, aToB);
  return { a, b, aToB, bToA };
}

class MemoryLink implements Link {
  readonly peer = undefined;
  readonly #out: Direction;
  #handlers: LinkHandlers | undefined;
  /** What came before `start`, or while paused. */
  #early: Buffer[] = [];
  #paused = false;
  /** This side wants nothing more. */
  #closed = false;
  /** The link is over for both sides. */
  #ended = false;
  #told = false;
  #error: Error | undefined;

  constructor(out: Direction, incoming: Direction) {
    this.#out = out;
    out.onDrained = () => {
      if (!this.#closed) this.#handlers?.onDrain?.();
    };
    out.onKilled = () => this.#end();
    incoming.onFrames = (frames) => this.#arrived(frames);
    incoming.onEnd = () => this.#end();
  }

  get pendingBytes(): number {
    return this.#out.bytes;
  }

  send(
    head: Uint8Array,
    body: Uint8Array = new Uint8Array(0),
    memory: readonly Uint8Array[] = [],
    onLeft?: () => void,
  ): void {
    if (this.#closed || this.#ended) return;
    this.#out.add(Buffer.concat([head, body, ...memory]));
    onLeft?.();
  }

  flush(): void {
    if (!this.#closed) this.#out.flush();
  }

  start(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    this.resume();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const frames = this.#early;
    this.#early = [];
    this.#arrived(frames);
    if (this.#ended) this.#tell();
  }

  close(): void {
    this.flush();
    this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#out.end(() => this.#end());
  }

  ref(): void {}

  unref(): void {}

  #arrived(frames: readonly Buffer[]): void {
    if (this.#handlers === undefined) this.#early.push(...frames);
    else this.#deliver(this.#handlers, frames);
  }

  #deliver(handlers: LinkHandlers, frames: readonly Buffer[]): void {
    try {
      for (const frame of frames) {
        if (this.#paused) this.#early.push(frame);
        else if (!this.#closed) handOut(frame, (start, memory) => handlers.onFrame(start, memory));
      }
      if (!this.#closed && frames.length > 0) handlers.onBatchEnd?.();
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error));
      this.destroy();
    }
  }

  /** When one side ends, so does the other, as a socket without half-open ends does. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#out.end(() => {});
    this.#tell();
  }

  #tell(): void {
    if (this.#told || this.#handlers === undefined || (this.#paused && !this.#closed)) return;
    this.#told = true;
    this.#handlers.onClose(this.#error);
  }
}

/** `'end'` travels behind the frames, so that it cannot overtake them. */
type Parcel = { due: number; content: Buffer | 'end' };

class Direction implements Faults {
  onFrames: (frames: readonly Buffer[]) => void = () => {};
  onEnd: () => void = () => {};
  onDrained: () => void = () => {};
  onKilled: () => void = () => {};
  /** Bytes added and not yet arrived. */
  bytes = 0;
  readonly #clock: Clock;
  #corked: Buffer[] = [];
  #parcels: Parcel[] = [];
  #pumping = false;
  #delay = 0;
  #held = false;
  #cut = false;
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(frame: Buffer): void {
    this.#corked.push(frame);
    this.bytes += frame.length;
    this.#schedule();
  }

  flush(): void {
    for (const frame of this.#corked) this.#post(frame);
    this.#corked = [];
  }

  /** Loses what is corked and sends the end of the link; `told` runs at this side, later. */
  end(told: () => void): void {
    this.#corked = [];
    this.#clock.immediate(told);
    if (this.#ended) return;
    this.#ended = true;
    this.#post('end');
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#schedule();
  }

  delay(ms: number): void {
    this.#delay = ms;
  }

  cut(): void {
    this.#cut = true;
  }

  kill(): void {
    this.#corked = [];
    this.#parcels = [];
    this.bytes = 0;
    this.#cut = true;
    this.#clock.immediate(() => {
      this.onKilled();
      this.onEnd();
    });
  }

  #post(content: Buffer | 'end'): void {
    if (this.#cut) return;
    this.#parcels.push({ due: this.#clock.now() + this.#delay, content });
    this.#schedule();
  }

  /** One delivery is under way at a time, so order holds whatever order the clock runs equal events in. */
  #schedule(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const wait = (this.#parcels[0]?.due ?? 0) - this.#clock.now();
    const pump = () => this.#pump();
    if (wait > 0) this.#clock.timer(wait, pump);
    else this.#clock.immediate(pump);
  }

  #pump(): void {
    this.#pumping = false;
    this.flush();
    if (this.#held) return;
    const now = this.#clock.now();
    const frames: Buffer[] = [];
    let ended = false;
    for (let next = this.#parcels[0]; next !== undefined && next.due <= now && !ended; next = this.#parcels[0]) {
      this.#parcels.shift();
      if (next.content === 'end') ended = true;
      else frames.push(next.content);
    }
    const had = this.bytes;
    for (const frame of frames) this.bytes -= frame.length;
    if (frames.length > 0) this.onFrames(frames);
    if (had > 0 && this.bytes === 0) this.onDrained();
    if (ended) this.onEnd();
    else if (this.#parcels.length > 0) this.#schedule();
  }
}

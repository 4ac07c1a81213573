import { bytesOf } from '../wire/out-of-line.ts';
import { writeFrame, PREFIX_BYTES } from './framing.ts';

/** Where corked bytes go, and memory behind them. Answers whether it is done with the bytes: the buffer can be filled again. */
export type Outlet = (bytes: Buffer, memory: readonly Uint8Array[], onLeft?: () => void) => boolean;

export type Cork = {
  /** A frame with memory leaves at once, behind what is corked. */
  add(head: Uint8Array, body?: Uint8Array, memory?: readonly Uint8Array[], onLeft?: () => void): void;
  flush(): void;
  /** Forgets what is corked, and everything added from now on. */
  discard(): void;
  readonly bytes: number;
};

/** Holds a few frames with payloads of 64 KiB. Only links that are sending have one. */
const CORK_BYTES = 256 * 1024;

/** Buffers that no link is using. Most writes are done when they return, so a handful serves all links of a process. */
const SPARE: Buffer[] = [];
const SPARES = 4;

const NONE: readonly never[] = [];

/** Gathers the frames of one tick, so that they leave in one write. */
export function cork(outlet: Outlet): Cork {
  let buffer: Buffer | undefined;
  let filled = 0;
  let scheduled = false;
  let discarded = false;
  return {
    add,
    flush: () => flush(),
    discard,
    get bytes() {
      return filled;
    },
  };

  function add(head: Uint8Array, body?: Uint8Array, memory: readonly Uint8Array[] = NONE, onLeft?: () => void): void {
    if (discarded) return;
    const size = PREFIX_BYTES + head.length + (body?.length ?? 0);
    if (size > CORK_BYTES - filled) flush();
    // A frame that fills a cork of its own goes straight out, behind what came before it.
    if (size > CORK_BYTES) {
      const frame = Buffer.allocUnsafeSlow(size);
      writeFrame(frame, 0, head, body, bytesOf(memory));
      outlet(frame, memory, onLeft);
      return;
    }
    buffer ??= SPARE.pop() ?? Buffer.allocUnsafeSlow(CORK_BYTES);
    filled = writeFrame(buffer, filled, head, body, bytesOf(memory));
    if (memory.length > 0) flush(memory, onLeft);
    else if (!scheduled) {
      scheduled = true;
      queueMicrotask(afterPromiseJobs);
    }
  }

  // Next ticks run before promise jobs, unless they were asked for by one: this way handlers that answer after a few
  // awaits are still in the same write.
  function afterPromiseJobs(): void {
    process.nextTick(endOfTick);
  }

  function endOfTick(): void {
    scheduled = false;
    flush();
  }

  function flush(memory: readonly Uint8Array[] = NONE, onLeft?: () => void): void {
    if (buffer === undefined || discarded) return;
    const full = buffer;
    const bytes = full.subarray(0, filled);
    buffer = undefined;
    filled = 0;
    if (outlet(bytes, memory, onLeft) && SPARE.length < SPARES) SPARE.push(full);
  }

  function discard(): void {
    discarded = true;
    buffer = undefined;
    filled = 0;
  }
}

import { writeFrame, PREFIX_BYTES } from './framing.ts';

/** Where corked bytes go. Answers whether it is done with the buffer, so that it can be filled again. */
export type Outlet = (bytes: Buffer) => boolean;

export type Cork = {
  add(head: Uint8Array, body: Uint8Array | undefined): void;
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

/** Gathers the frames of one tick, so that they leave in one write. */
export function cork(outlet: Outlet): Cork {
  let buffer: Buffer | undefined;
  let filled = 0;
  let scheduled = false;
  let discarded = false;
  return {
    add,
    flush,
    discard,
    get bytes() {
      return filled;
    },
  };

  function add(head: Uint8Array, body: Uint8Array | undefined): void {
    if (discarded) return;
    const size = PREFIX_BYTES + head.length + (body?.length ?? 0);
    if (size > CORK_BYTES - filled) flush();
    // A frame that fills a cork of its own goes straight out, behind what came before it.
    if (size > CORK_BYTES) {
      const frame = Buffer.allocUnsafeSlow(size);
      writeFrame(frame, 0, head, body);
      outlet(frame);
      return;
    }
    buffer ??= SPARE.pop() ?? Buffer.allocUnsafeSlow(CORK_BYTES);
    filled = writeFrame(buffer, filled, head, body);
    if (!scheduled) {
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

  function flush(): void {
    if (buffer === undefined || discarded) return;
    const full = buffer;
    const bytes = full.subarray(0, filled);
    buffer = undefined;
    filled = 0;
    if (outlet(bytes) && SPARE.length < SPARES) SPARE.push(full);
  }

  function discard(): void {
    discarded = true;
    buffer = undefined;
    filled = 0;
  }
}

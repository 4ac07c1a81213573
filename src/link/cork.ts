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

const CORK_BYTES = 64 * 1024;

/** Gathers the frames of one tick, so that they leave in one write. */
export function cork(outlet: Outlet): Cork {
  let buffer = Buffer.allocUnsafeSlow(CORK_BYTES);
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
    if (filled === 0 || discarded) return;
    const bytes = buffer.subarray(0, filled);
    filled = 0;
    if (!outlet(bytes)) buffer = Buffer.allocUnsafeSlow(CORK_BYTES);
  }

  function discard(): void {
    discarded = true;
    filled = 0;
  }
}

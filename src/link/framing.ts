import { ProtocolError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { get32, put32 } from '../wire/bytes.ts';
import { HEADER_BYTES } from '../wire/header.ts';

/** On a byte stream a frame is a u32 length, which does not count itself, and that many bytes. */
export const PREFIX_BYTES = 4;

export type FrameReader = {
  /** Takes the next bytes of the stream. Throws `ProtocolError` for a length no frame can have, and what `onFrame` throws. */
  push(chunk: Buffer): void;
  /** Hands out nothing more, not even of the chunk that is being read. */
  stop(): void;
  /** Hands out nothing more until `resume`: what is left of the chunk, and what comes meanwhile, is kept. */
  pause(): void;
  /** Throws as `push` does. */
  resume(): void;
};

/**
 * Cuts a stream of bytes into frames. A frame that lies in one chunk is handed out as a view of it; only one that is
 * spread over several is put together in a buffer of its own.
 */
export function frameReader(limits: Pick<Limits, 'frameBytes'>, onFrame: (frame: Buffer) => void): FrameReader {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  let prefixFilled = 0;
  let partial: Buffer | undefined;
  let partialFilled = 0;
  let stopped = false;
  let paused = false;
  /** What came, or was left, while paused; in memory of its own. */
  let kept: Buffer[] = [];
  return { push, stop: () => void (stopped = true), pause: () => void (paused = true), resume };

  function push(chunk: Buffer): void {
    read(chunk, (rest) => Buffer.from(rest));
  }

  function resume(): void {
    paused = false;
    const chunks = kept;
    kept = [];
    for (const chunk of chunks) read(chunk, (rest) => rest);
  }

  /** `own` makes what is left of the chunk the reader's, who may be paused or stopped by what it hands out. */
  function read(chunk: Buffer, own: (rest: Buffer) => Buffer): void {
    if (stopped) return;
    let at = paused || (prefixFilled === 0 && partial === undefined) ? 0 : finishPending(chunk);
    while (!stopped && !paused && chunk.length - at >= PREFIX_BYTES) {
      const length = checked(get32(chunk, at));
      at += PREFIX_BYTES;
      if (chunk.length - at < length) {
        partialFilled = chunk.copy(beginPartial(length), 0, at);
        return;
      }
      at += length;
      onFrame(chunk.subarray(at - length, at));
    }
    if (stopped || at === chunk.length) return;
    if (paused) kept.push(own(chunk.subarray(at)));
    else prefixFilled = chunk.copy(prefix, 0, at);
  }

  /** Goes on with what an earlier chunk began; answers how far into this chunk that went. */
  function finishPending(chunk: Buffer): number {
    let at = 0;
    if (partial === undefined) {
      at = chunk.copy(prefix, prefixFilled);
      prefixFilled += at;
      if (prefixFilled < PREFIX_BYTES) return at;
      prefixFilled = 0;
    }
    const frame = partial ?? beginPartial(checked(get32(prefix, 0)));
    const copied = chunk.copy(frame, partialFilled, at);
    partialFilled += copied;
    if (partialFilled === frame.length) {
      partial = undefined;
      onFrame(frame);
    }
    return at + copied;
  }

  // The peer's word decides the size, the bytes themselves come later: fresh memory from the system costs nothing until
  // it is written to, so a peer that announces much and sends little takes nothing.
  function beginPartial(length: number): Buffer {
    partialFilled = 0;
    return (partial = Buffer.allocUnsafeSlow(length));
  }

  function checked(length: number): number {
    if (length < HEADER_BYTES) throw new ProtocolError(`a frame of ${length} bytes is shorter than a header`);
    if (length > limits.frameBytes) {
      throw new ProtocolError(`a frame of ${length} bytes, at most ${limits.frameBytes} are allowed (frameBytes)`);
    }
    return length;
  }
}

/** Writes prefix, head and body of one frame into `to`; answers where it ends. */
export function writeFrame(to: Buffer, at: number, head: Uint8Array, body: Uint8Array | undefined): number {
  put32(to, at, head.length + (body?.length ?? 0));
  to.set(head, at + PREFIX_BYTES);
  const bodyAt = at + PREFIX_BYTES + head.length;
  if (body === undefined) return bodyAt;
  to.set(body, bodyAt);
  return bodyAt + body.length;
}

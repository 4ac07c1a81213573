import { ProtocolError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { get32, put32 } from '../wire/bytes.ts';
import { HEADER_BYTES } from '../wire/header.ts';
import { memoryIn } from '../wire/out-of-line.ts';
import type { LinkHandlers } from './link.ts';
import { PartialFrame } from './partial-frame.ts';
import { pieceOf } from './spare-memory.ts';

/** On a byte stream a frame is a u32 length, which does not count itself, and that many bytes. */
export const PREFIX_BYTES = 4;

export type FrameReader = {
  /** Takes the next bytes of the stream. Throws `ProtocolError` for a length no frame can have, and what `onFrame` throws. */
  push(chunk: Buffer): void;
  /** Where the next bytes of the stream belong: reading them there saves a copy. None unless there are many to come. */
  readonly room: Buffer | undefined;
  /** Instead of `push`: that many bytes have been read into `room`. */
  filled(bytes: number): void;
  /** Instead of `push`, between frames: the next frame did not come over the stream. */
  whole(frame: Buffer, memory: readonly Uint8Array[]): void;
  /** Hands out nothing more, not even of the chunk that is being read. */
  stop(): void;
  /** Hands out nothing more until `resume`: what is left of the chunk, and what comes meanwhile, is kept. */
  pause(): void;
  /** Throws as `push` does. */
  resume(): void;
};

/** Less than that is read with what comes behind it. */
const ROOM_BYTES = 64 * 1024;

/**
 * Cuts a stream of bytes into frames. A frame that lies in one chunk is handed out as a view of it, its memory in copies;
 * only one that is spread over several is put together in buffers of its own.
 */
export function frameReader(limits: Pick<Limits, 'frameBytes'>, onFrame: LinkHandlers['onFrame']): FrameReader {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  let prefixFilled = 0;
  let partial: PartialFrame | undefined;
  let stopped = false;
  let paused = false;
  /** Goes on with what came, or was left, while paused; in memory of its own. */
  let kept: (() => void)[] = [];
  return {
    push,
    filled,
    whole,
    stop: () => void (stopped = true),
    pause: () => void (paused = true),
    resume,
    get room() {
      // What is kept comes first.
      const room = kept.length === 0 ? partial?.room : undefined;
      return room !== undefined && room.length >= ROOM_BYTES ? room : undefined;
    },
  };

  function push(chunk: Buffer): void {
    read(chunk, (rest) => Buffer.from(rest));
  }

  function filled(bytes: number): void {
    if (stopped) return;
    partial?.advance(bytes);
    endPartial();
  }

  function whole(frame: Buffer, memory: readonly Uint8Array[]): void {
    if (stopped) return;
    if (paused) kept.push(() => whole(frame, memory));
    else onFrame(frame, memory);
  }

  function resume(): void {
    paused = false;
    const waiting = kept;
    kept = [];
    endPartial();
    for (const goOn of waiting) goOn();
  }

  /** `own` makes what is left of the chunk the reader's, who may be paused or stopped by what it hands out. */
  function read(chunk: Buffer, own: (rest: Buffer) => Buffer): void {
    if (stopped) return;
    let at = paused || (prefixFilled === 0 && partial === undefined) ? 0 : finishPending(chunk);
    while (!stopped && !paused && chunk.length - at >= PREFIX_BYTES) {
      const length = checked(get32(chunk, at));
      at += PREFIX_BYTES;
      if (chunk.length - at < length) {
        partial = new PartialFrame(length);
        partial.take(chunk, at);
        return;
      }
      at += length;
      handOut(chunk.subarray(at - length, at), onFrame);
    }
    if (stopped || at === chunk.length) return;
    if (paused) keep(own(chunk.subarray(at)));
    else prefixFilled = chunk.copy(prefix, 0, at);
  }

  function keep(rest: Buffer): void {
    kept.push(() => read(rest, (part) => part));
  }

  /** Goes on with what an earlier chunk began; answers how far into this chunk that went. */
  function finishPending(chunk: Buffer): number {
    let at = 0;
    if (partial === undefined) {
      at = chunk.copy(prefix, prefixFilled);
      prefixFilled += at;
      if (prefixFilled < PREFIX_BYTES) return at;
      prefixFilled = 0;
      partial = new PartialFrame(checked(get32(prefix, 0)));
    }
    at = partial.take(chunk, at);
    endPartial();
    return at;
  }

  function endPartial(): void {
    if (partial === undefined || !partial.isComplete || paused || stopped) return;
    const { frame, memory } = partial;
    partial = undefined;
    onFrame(frame, memory);
  }

  function checked(length: number): number {
    if (length < HEADER_BYTES) throw new ProtocolError(`a frame of ${length} bytes is shorter than a header`);
    if (length > limits.frameBytes) {
      throw new ProtocolError(`a frame of ${length} bytes, at most ${limits.frameBytes} are allowed (frameBytes)`);
    }
    return length;
  }
}

/** Hands out a frame that is all there: as a view, and its memory, which lies at the end, in copies. */
export function handOut(whole: Buffer, onFrame: LinkHandlers['onFrame']): void {
  const lengths = memoryIn(whole, whole.length);
  if (lengths.length === 0) return onFrame(whole, NONE);
  let at = whole.length;
  for (const length of lengths) at -= length;
  const frame = whole.subarray(0, at);
  const memory = lengths.map((length) => {
    const piece = pieceOf(length);
    at += whole.copy(piece, 0, at);
    return piece;
  });
  return onFrame(frame, memory);
}

const NONE: readonly never[] = [];

/** Writes prefix, head and body of one frame into `to`; answers where it ends. `memoryBytes` follow it. */
export function writeFrame(
  to: Buffer,
  at: number,
  head: Uint8Array,
  body: Uint8Array | undefined,
  memoryBytes = 0,
): number {
  put32(to, at, head.length + (body?.length ?? 0) + memoryBytes);
  to.set(head, at + PREFIX_BYTES);
  const bodyAt = at + PREFIX_BYTES + head.length;
  if (body === undefined) return bodyAt;
  to.set(body, bodyAt);
  return bodyAt + body.length;
}

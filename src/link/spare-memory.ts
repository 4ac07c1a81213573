/** Pieces that nobody uses any more, last given back last. */
const spare: Buffer[] = [];
let spareBytes = 0;
/** Made here, and of nobody else's. Memory of a user's may be tied to what he alone knows. */
const OWN = new WeakSet<ArrayBufferLike>();

/** What is kept at most: one body as large as they get. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Less is cheaper to make than to look for. */
const LEAST_BYTES = 64 * 1024;

/**
 * Memory for bytes that are about to be written to all of it. Fresh memory of the system costs more than what is copied into
 * it: a page fault for each 4 KiB, and garbage collections, for which it counts. So what was of this very length is used again.
 */
export function pieceOf(length: number): Buffer {
  if (length < LEAST_BYTES) return Buffer.allocUnsafeSlow(length);
  const known = spare.findLastIndex((piece) => piece.length === length);
  const [piece] = known === -1 ? [] : spare.splice(known, 1);
  if (piece === undefined) {
    const fresh = Buffer.allocUnsafeSlow(length);
    OWN.add(fresh.buffer);
    return fresh;
  }
  spareBytes -= length;
  return piece;
}

/** Nobody will ever look at this memory again. If it came from `pieceOf`, it is used again. */
export function giveBack({ buffer }: Uint8Array): void {
  if (!OWN.has(buffer)) return;
  spare.push(Buffer.from(buffer));
  spareBytes += buffer.byteLength;
  while (spareBytes > MOST_BYTES) spareBytes -= spare.shift()?.length ?? 0;
}

/** What `from` was is `to` now: it was transferred. */
export function hasMoved(from: ArrayBuffer, to: ArrayBuffer): void {
  if (OWN.delete(from)) OWN.add(to);
}

import type { Stub } from 'easync';

import { type File, MAX_READ, MAX_WRITE } from '../vfs/index.ts';

export type FileStub = Stub<typeof File>;

/**
 * Everything from `offset` to the end of the file. `size` is what the file had a moment ago; `check` runs before each
 * batch of calls and may throw.
 */
export async function readToEnd(file: FileStub, offset: number, size: number, check: () => void): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let at = offset; ;) {
    check();
    // One byte more than there was, so that the end shows in the last piece; of a file that has grown, a whole piece.
    const lengths = cut(size < at ? MAX_READ : size - at + 1);
    const batch = lengths.map((length, index) => file.read({ offset: at + index * MAX_READ, length }));
    for (const [index, piece] of (await Promise.all(batch)).entries()) {
      pieces.push(piece);
      at += piece.length;
      if (piece.length < (lengths[index] ?? 0)) return joined(pieces);
    }
  }
}

/** Fills `into` from byte `offset` of the file; answers how many bytes there were. */
export async function readInto(file: FileStub, into: Uint8Array, offset: number): Promise<number> {
  for (let filled = 0; filled < into.length;) {
    const lengths = cut(into.length - filled);
    const start = offset + filled;
    const batch = lengths.map((length, index) => file.read({ offset: start + index * MAX_READ, length }));
    for (const [index, piece] of (await Promise.all(batch)).entries()) {
      into.set(piece, filled);
      filled += piece.length;
      if (piece.length < (lengths[index] ?? 0)) return filled;
    }
  }
  return into.length;
}

/** How far a write has come; `error` if it went no further. */
export type Written = { count: number; error?: unknown };

/**
 * Writes `bytes`, which nobody may touch meanwhile, from byte `offset`, or at the end of the file if that is null. Once it
 * settles nothing is under way any more.
 */
export async function writeAll(file: FileStub, bytes: Uint8Array, offset: number | null): Promise<Written> {
  for (let count = 0; count < bytes.length;) {
    const start = count;
    // Pieces for the end of the file land where the last one ended, so each waits to see that it was written whole.
    const lengths = cut(bytes.length - start).slice(0, offset === null ? 1 : IN_FLIGHT);
    const batch = lengths.map((length, index) => {
      const at = start + index * MAX_WRITE;
      return file.write({ offset: offset === null ? null : offset + at, data: bytes.subarray(at, at + length) });
    });
    for (const [index, piece] of (await Promise.allSettled(batch)).entries()) {
      if (piece.status === 'rejected') return { count, error: piece.reason };
      count += piece.value;
      if (piece.value < (lengths[index] ?? 0)) break;
    }
  }
  return { count: bytes.length };
}

/** Enough calls at a time to hide the way there and back. */
const IN_FLIGHT = 8;

/** The lengths of the next pieces of `bytes`. */
function cut(bytes: number): number[] {
  const lengths: number[] = [];
  for (let left = bytes; left > 0 && lengths.length < IN_FLIGHT; left -= MAX_READ)
    lengths.push(Math.min(left, MAX_READ));
  return lengths;
}

function joined(pieces: readonly Uint8Array[]): Buffer {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
  return Buffer.concat(pieces);
}

import type { Stub } from 'easync';

import { type File, MAX_READ, MAX_WRITE } from '../vfs/index.ts';
import { turns } from './turns.ts';

export type FileStub = Stub<typeof File>;

/**
 * Everything from `offset` to the end of the file. `size` is what the file had a moment ago; `check` runs before each
 * batch of calls and may throw.
 *
 * @throws ERR_FS_FILE_TOO_LARGE before anything is read
 */
export async function readToEnd(file: FileStub, offset: number, size: number, check: () => void): Promise<Buffer> {
  if (size > MAX_WHOLE) throw tooLarge(size);
  const pieces: Uint8Array[] = [];
  check();
  for await (const batch of batches(file, offset, size)) {
    pieces.push(...batch);
    check();
  }
  return joined(pieces);
}

/** Copies everything from the start of one file to that of another, `size` bytes or what there are by then. */
export async function copyAll(from: FileStub, to: FileStub, size: number): Promise<Written> {
  let count = 0;
  for await (const batch of batches(from, 0, size)) {
    const written = await writeAll(to, joined(batch), count);
    count += written.count;
    if (written.error !== undefined) return { ...written, count };
  }
  return { count };
}

/** Fills `into` from byte `offset` of the file; answers how many bytes there were. */
export async function readInto(file: FileStub, into: Uint8Array, offset: number): Promise<number> {
  const turn = turns();
  for (let filled = 0; filled < into.length;) {
    const lengths = cut(into.length - filled);
    const start = offset + filled;
    const batch = lengths.map((length, index) => file.read({ offset: start + index * MAX_READ, length }));
    for (const [index, piece] of (await Promise.all(batch)).entries()) {
      into.set(piece, filled);
      filled += piece.length;
      if (piece.length < (lengths[index] ?? 0)) return filled;
    }
    await turn();
  }
  return into.length;
}

/** How far a write has come; `error` if it went no further. */
export type Written = { count: number; error?: unknown };

/**
 * Writes `bytes`, which nobody may touch meanwhile, from byte `offset`, or at the end of the file if that is null. Once it
 * settles nothing is under way any more. `check` runs before each batch of calls and may throw.
 */
export async function writeAll(
  file: FileStub,
  bytes: Uint8Array,
  offset: number | null,
  check: () => void = () => undefined,
): Promise<Written> {
  const turn = turns();
  for (let count = 0; count < bytes.length;) {
    check();
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
    await turn();
  }
  return { count: bytes.length };
}

/** The pieces of a file from `offset` on, as they come, several calls at a time. */
async function* batches(file: FileStub, offset: number, size: number): AsyncGenerator<Uint8Array[]> {
  const turn = turns();
  for (let at = offset; ;) {
    // One byte more than there was, so that the end shows in the last piece; of a file that has grown, a whole piece.
    const lengths = cut(size < at ? MAX_READ : size - at + 1);
    const start = at;
    const calls = lengths.map((length, index) => file.read({ offset: start + index * MAX_READ, length }));
    const pieces = await Promise.all(calls);
    const short = pieces.findIndex((piece, index) => piece.length < (lengths[index] ?? 0));
    if (short !== -1) return yield pieces.slice(0, short + 1);
    yield pieces;
    at += pieces.reduce((sum, { length }) => sum + length, 0);
    await turn();
  }
}

/** What Node reads as a whole. */
const MAX_WHOLE = 2 ** 31 - 1;

function tooLarge(size: number): RangeError {
  const error = new RangeError(`File size (${size}) is greater than 2 GiB`);
  return Object.assign(error, { code: 'ERR_FS_FILE_TOO_LARGE' });
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

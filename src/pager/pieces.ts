import type { Piece, UnitId } from './state.ts';

/** Lays a piece over those that are there: what it touches becomes one piece with it, so that no two overlap. */
export function lay(pieces: Piece[], piece: Piece): void {
  const end = piece.at + piece.data.length;
  const touched = pieces.filter((there) => there.at < end && piece.at < there.at + there.data.length);
  const from = Math.min(piece.at, ...touched.map(({ at }) => at));
  const to = Math.max(end, ...touched.map(({ at, data }) => at + data.length));
  let data = piece.data;
  if (to - from > data.length) {
    data = new Uint8Array(to - from);
    laidOver(data, -from, [...touched, piece]);
  }
  // Older bytes that are still in it, or would be if these had not come, are not stored before it is.
  const seq = Math.min(piece.seq, ...touched.map((there) => there.seq));
  const apart = pieces.filter((there) => !touched.includes(there));
  pieces.splice(0, pieces.length, ...apart, { at: from, data, seq });
}

/** Copies the pieces of a unit that begins at `start` of `bytes`, in order. */
export function laidOver(bytes: Uint8Array, start: number, pieces: readonly Piece[]): void {
  for (const { at, data } of pieces) bytes.set(data, start + at);
}

/** The bytes of each unit that `data` lies in, and where in the unit they begin. */
export function* unitParts(
  offset: number,
  data: Uint8Array,
  pageSize: number,
): Generator<{ id: UnitId; at: number; bytes: Uint8Array }> {
  for (let done = 0; done < data.length;) {
    const id = Math.floor((offset + done) / pageSize);
    const at = offset + done - id * pageSize;
    const bytes = data.subarray(done, done + pageSize - at);
    yield { id, at, bytes };
    done += bytes.length;
  }
}

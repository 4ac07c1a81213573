import { expect, test } from 'vitest';
import { giveBack, hasMoved, pieceOf } from '../../src/link/spare-memory.ts';

const LENGTH = 1_000_000;

test('what was given back is used again, by who needs that length', () => {
  const piece = pieceOf(LENGTH);
  giveBack(piece);
  expect(pieceOf(LENGTH + 1).buffer).not.toBe(piece.buffer);
  expect(pieceOf(LENGTH).buffer).toBe(piece.buffer);
  expect(pieceOf(LENGTH).buffer).not.toBe(piece.buffer);
});

test('what was not made here is never used again', () => {
  const foreign = new Uint8Array(LENGTH);
  giveBack(foreign);
  expect(pieceOf(LENGTH).buffer).not.toBe(foreign.buffer);
});

test('memory is followed where it is transferred to', () => {
  const { buffer } = pieceOf(LENGTH);
  const moved = structuredClone(buffer as ArrayBuffer, { transfer: [buffer as ArrayBuffer] });
  hasMoved(buffer as ArrayBuffer, moved);
  giveBack(new Uint8Array(moved));
  expect(pieceOf(LENGTH).buffer).toBe(moved);
});

test('no more than 32 MiB is kept, what came last', () => {
  const pieces = Array.from({ length: 40 }, () => pieceOf(1 << 20));
  for (const piece of pieces) giveBack(piece);
  const again = pieces.map(() => pieceOf(1 << 20).buffer);
  expect(again.filter((buffer) => pieces.some((piece) => piece.buffer === buffer))).toHaveLength(32);
  expect(again[0]).toBe(pieces.at(-1)?.buffer);
});

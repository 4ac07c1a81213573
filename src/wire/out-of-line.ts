import { ProtocolError } from '../errors.ts';
import { get16, get32 } from './bytes.ts';
import type { Descriptor } from './frame.ts';
import { DESCRIPTOR_BYTES, HEADER_BYTES, HEADER_LAYOUT } from './header.ts';

/** The disposition of a descriptor that is memory instead of a right (the kernel's `DISP.MEMORY`); its name is the length. */
const OUT_OF_LINE = 9;
/** The length that memory has which is not there (the kernel's `NO_MEMORY`): no bytes come for it. */
const NOT_THERE = 0xffffffff;

const NONE: readonly never[] = [];

/** Where the descriptors of a frame end, and its body begins. */
export function descriptorsEnd(header: Uint8Array): number {
  return (
    HEADER_BYTES +
    get16(header, HEADER_LAYOUT.extensionBytes.at) +
    get16(header, HEADER_LAYOUT.descriptorCount.at) * DESCRIPTOR_BYTES
  );
}

/**
 * The lengths of the out-of-line memory at the end of a frame of `frameBytes`, told from `start`: the frame to the end of its
 * descriptors at least. Nothing for a frame that does not have what its descriptors announce: `decodeFrame` refuses it.
 */
export function memoryIn(start: Uint8Array, frameBytes: number): readonly number[] {
  const bodyAt = descriptorsEnd(start);
  if (bodyAt > frameBytes) return NONE;
  let lengths: number[] | undefined;
  let room = frameBytes - bodyAt;
  const count = get16(start, HEADER_LAYOUT.descriptorCount.at);
  for (let at = bodyAt - count * DESCRIPTOR_BYTES; at < bodyAt; at += DESCRIPTOR_BYTES) {
    const bytes = get32(start, at + 4);
    if (start[at + 1] !== OUT_OF_LINE || bytes === NOT_THERE) continue;
    room -= bytes;
    (lengths ??= []).push(bytes);
  }
  return lengths === undefined || room < 0 ? NONE : lengths;
}

/** Throws `ProtocolError` unless `memory` is what the descriptors say. */
export function checkMemory(descriptors: readonly Descriptor[], memory: readonly Uint8Array[]): void {
  let next = 0;
  for (const { disp, name } of descriptors) {
    if (disp !== OUT_OF_LINE || name === NOT_THERE) continue;
    if (memory[next++]?.length !== name) {
      throw new ProtocolError(`a descriptor announces ${name} bytes of memory that the frame does not have`);
    }
  }
  if (next !== memory.length) throw new ProtocolError(`${memory.length - next} pieces of memory without a descriptor`);
}

/** Of all pieces together. */
export function bytesOf(memory: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const piece of memory) bytes += piece.length;
  return bytes;
}

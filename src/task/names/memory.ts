import { DISP, NO_MEMORY, type RightSpec } from '../../kernel/types.ts';
import type { Outside } from '../../wire/body.ts';
import { isDetached } from '../../wire/body-grade.ts';
import { isMoved, memoryLeaves } from '../rights/moved-memory.ts';

/** Arrays that stand for out-of-line memory, and whether the message is to take it away. */
const MARKS = new WeakMap<Uint8Array, 'copied' | 'given away' | 'not there'>();

/**
 * Puts bytes into a body of `msg` as out-of-line memory (mach.md §6): beside it, not counted in its size. What arrives is an array of
 * the receiver's own, which goes out of line again should it be sent on. `deallocate` gives the memory away: once the message has
 * been copied in, however it ends, `bytes` are dead. Memory that is not there, or that cannot be given away (detached; shared;
 * a part of a buffer; not its owner's to detach), is MACH_SEND_INVALID_MEMORY when the copyin comes to it.
 */
export function memory(bytes: Uint8Array, { deallocate = false } = {}): Uint8Array {
  const { buffer } = bytes;
  const isThere = buffer instanceof ArrayBuffer && !isDetached(buffer) && (!deallocate || canBeGiven(bytes, buffer));
  // An array of its own: the caller's stays one like any other.
  const piece = isThere ? new Uint8Array(buffer, bytes.byteOffset, bytes.length) : new Uint8Array(0);
  MARKS.set(piece, isThere ? (deallocate ? 'given away' : 'copied') : 'not there');
  return piece;
}

/** Memory that a message has brought. */
export function arrivedMemory(bytes: Uint8Array | undefined): Uint8Array | undefined {
  if (bytes !== undefined) MARKS.set(bytes, 'copied');
  return bytes;
}

/** The out-of-line memory in one body. */
export class NamedMemory implements Outside {
  readonly #specs: RightSpec[];
  readonly #pieces: { at: number; bytes: Uint8Array }[] = [];
  /** What an earlier piece gives away is not there for a later one. */
  readonly #given = new Set<ArrayBufferLike>();
  /** Of all of it. */
  bytes = 0;

  /** `specs` get a descriptor for each piece, among those of the rights. */
  constructor(specs: RightSpec[]) {
    this.#specs = specs;
  }

  has(bytes: Uint8Array): boolean {
    return MARKS.has(bytes) || isMoved(bytes);
  }

  take(bytes: Uint8Array): number | undefined {
    if (!this.has(bytes)) return undefined;
    const at = this.#specs.length;
    const isThere = this.#isThere(bytes);
    this.#specs.push({ disp: DISP.MEMORY, name: isThere ? bytes.length : NO_MEMORY });
    if (!isThere) return at;
    this.#pieces.push({ at, bytes });
    if (isGivenAway(bytes)) this.#given.add(bytes.buffer);
    this.bytes += bytes.length;
    return at;
  }

  /** As it is now, of the first `count` items of the body. */
  copies(count: number): Uint8Array[] {
    return this.#pieces.filter(({ at }) => at < count).map(({ bytes }) => Uint8Array.prototype.slice.call(bytes));
  }

  /** The first `count` items of the body have been copied in: what was to be given away is gone. */
  copiedIn(count: number): void {
    for (const { at, bytes } of this.#pieces) {
      if (at < count && isGivenAway(bytes)) memoryLeaves(bytes);
    }
  }

  #isThere(bytes: Uint8Array): boolean {
    const { buffer } = bytes;
    return !isDetached(buffer as ArrayBuffer) && MARKS.get(bytes) !== 'not there' && !this.#given.has(buffer);
  }
}

function isGivenAway(bytes: Uint8Array): boolean {
  return isMoved(bytes) || MARKS.get(bytes) === 'given away';
}

/** Whole, and not kept by its owner (Buffer's pool, WebAssembly): what is not let go of can be asked for twice. */
function canBeGiven(bytes: Uint8Array, buffer: ArrayBuffer): boolean {
  if (bytes.length !== buffer.byteLength) return false;
  try {
    structuredClone(null, { transfer: [buffer, buffer] });
    return false;
  } catch {
    return true;
  }
}

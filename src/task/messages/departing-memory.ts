import { DISP, type RightSpec } from '../../kernel/types.ts';
import type { Outside } from '../../wire/body.ts';
import { isDetached } from '../../wire/body-grade.ts';
import { isMoved, memoryLeaves } from '../rights/moved-memory.ts';

/** From here on an array is cheaper to send beside its body than in it (measured: bench/README.md). */
export const OUT_OF_LINE_BYTES = 64 * 1024;

/** The bytes of a body that leave beside it: what was moved, and whatever is large. */
export class DepartingMemory implements Outside {
  readonly #specs: RightSpec[];
  readonly #most: number;
  readonly #arrays: Uint8Array[] = [];
  bytes = 0;

  /** `specs` get a descriptor for each, so that each has its place among the rights; large arrays get no more than `most`. */
  constructor(specs: RightSpec[], most: number) {
    this.#specs = specs;
    this.#most = most;
  }

  has(bytes: Uint8Array): boolean {
    return bytes.length >= OUT_OF_LINE_BYTES || isMoved(bytes);
  }

  take(bytes: Uint8Array): number | undefined {
    const leaves = isMoved(bytes) || (bytes.length >= OUT_OF_LINE_BYTES && this.#arrays.length < this.#most);
    if (!leaves || isDetached(bytes.buffer as ArrayBuffer)) return undefined;
    this.#arrays.push(bytes);
    this.bytes += bytes.length;
    this.#specs.push({ disp: DISP.MEMORY, name: bytes.length });
    return this.#specs.length - 1;
  }

  /** The message leaves: what was moved is dead from now on, the rest is copied, as it is now. */
  leave(): Uint8Array[] {
    // Copies first: other arrays may be of moved memory too.
    const memory = this.#arrays.map((bytes) => (isMoved(bytes) ? undefined : copyOf(bytes)));
    return this.#arrays.map((bytes, i) => memory[i] ?? memoryLeaves(bytes));
  }
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

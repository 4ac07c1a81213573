import { DISP, type RightSpec } from '../../kernel/types.ts';
import { giveBack, pieceOf } from '../../link/spare-memory.ts';
import type { Outside } from '../../wire/body.ts';
import { isDetached } from '../../wire/body-grade.ts';
import { isMoved, memoryLeaves } from '../rights/moved-memory.ts';
import type { CarriedRight } from '../rights/target.ts';

/** From here on an array is cheaper to send beside its body than in it (bench/README.md). */
const OUT_OF_LINE_BYTES = 64 * 1024;

/** What `Link.send` takes. */
export type Leaving = { pieces: readonly Uint8Array[]; onLeft: () => void };

/** The bytes of a body that leave beside it: what was moved, and whatever is large. */
export class DepartingMemory implements Outside {
  readonly #specs: RightSpec[];
  readonly #most: number;
  readonly #arrays: Uint8Array[] = [];
  /** Of all of them together. */
  bytes = 0;

  /** `specs` get a descriptor for each, among those of the rights; large arrays get no more than `most`. */
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

  /** Whether it matters to their owner if the message comes back. */
  get hasMoved(): boolean {
    return this.#arrays.some((bytes) => isMoved(bytes));
  }

  /** The message leaves. What was moved is dead from now on, the rest is copied as it is now. */
  leave(): Leaving {
    // Copies first: others may be of moved memory too.
    const copies = this.#arrays.map((bytes) => (isMoved(bytes) ? undefined : copyOf(bytes)));
    return asLeaving(this.#arrays.map((bytes, i) => copies[i] ?? memoryLeaves(bytes)));
  }

  /** The message leaves, and may come back: what was moved is dead once the kernel has taken it. */
  leaveForNow(): Leaving {
    return asLeaving(this.#arrays.map(copyOf));
  }

  /** What is to hear how that ended, in the order of their descriptors. */
  carried(): CarriedRight[] {
    return this.#arrays.map((bytes) => ({
      taken() {
        if (isMoved(bytes)) memoryLeaves(bytes);
      },
      notTaken() {},
    }));
  }
}

function asLeaving(pieces: readonly Uint8Array[]): Leaving {
  return { pieces, onLeft: () => pieces.forEach(giveBack) };
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = pieceOf(bytes.length);
  copy.set(bytes);
  return copy;
}

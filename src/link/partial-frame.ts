import { HEADER_BYTES } from '../wire/header.ts';
import { bytesOf, descriptorsEnd, memoryIn } from '../wire/out-of-line.ts';
import { pieceOf } from './spare-memory.ts';

/**
 * A frame that comes in pieces, put together in buffers that it fills: one up to the end of its body, and one for each piece of
 * memory. Where the body ends is known when the descriptors are there.
 *
 * The peer's word decides the sizes, the bytes themselves come later: fresh memory from the system costs nothing until it
 * is written to, so a peer that announces much and sends little takes nothing.
 */
export class PartialFrame {
  /** Header, extensions, descriptors and body, as far as they are known. */
  frame: Buffer = Buffer.allocUnsafeSlow(HEADER_BYTES);
  readonly memory: Buffer[] = [];
  readonly #length: number;
  /** What `frame` has room for so far. */
  #known: 'header' | 'descriptors' | 'all' = 'header';
  /** What is being filled: `frame`, then `memory` in its order. */
  #part = this.frame;
  #filled = 0;
  #next = 0;

  /** Of that many bytes in all, a header at least. */
  constructor(length: number) {
    this.#length = length;
  }

  get isComplete(): boolean {
    return this.#known === 'all' && this.#next === this.memory.length && this.#filled === this.#part.length;
  }

  /** Where its next bytes go. Empty when it is complete. */
  get room(): Buffer {
    return this.#part.subarray(this.#filled);
  }

  /** That many bytes of `room` have come. */
  advance(bytes: number): void {
    this.#filled += bytes;
    if (this.#known !== 'all' && this.#filled === this.#part.length) this.#learn();
    while (this.#filled === this.#part.length) {
      const part = this.memory[this.#next];
      if (part === undefined) break;
      this.#part = part;
      this.#filled = 0;
      this.#next += 1;
    }
  }

  /** Takes what belongs to it of a chunk; answers where that ends. */
  take(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && !this.isComplete) {
      const copied = chunk.copy(this.#part, this.#filled, at);
      this.advance(copied);
      at += copied;
    }
    return at;
  }

  #learn(): void {
    if (this.#known === 'header') this.#grow('descriptors', Math.min(descriptorsEnd(this.frame), this.#length));
    if (this.#filled < this.#part.length) return;
    const lengths = memoryIn(this.frame, this.#length);
    for (const length of lengths) this.memory.push(pieceOf(length));
    this.#grow('all', this.#length - bytesOf(this.memory));
  }

  #grow(known: 'descriptors' | 'all', length: number): void {
    this.#known = known;
    if (length === this.frame.length) return;
    this.frame = Buffer.allocUnsafeSlow(length);
    this.frame.set(this.#part);
    this.#part = this.frame;
  }
}

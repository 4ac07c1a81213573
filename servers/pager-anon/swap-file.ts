import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

/** Bytes of a slot. */
export const PAGE = 4096;

/** Slots of one page each, in a file that has no name any more: it goes with this process. */
export class SwapFile {
  readonly #fd: number;
  readonly #most: number;
  /** Slots from here on were never taken. */
  #fresh = 0;
  readonly #free: number[] = [];

  /** @throws the host's error */
  constructor(directory: string, bytes: number) {
    const path = join(directory, `easync-swap-${randomUUID()}`);
    this.#fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    this.#most = Math.floor(bytes / PAGE);
  }

  /** A slot that nobody else has; null if all are taken. What is in it is not for who takes it: write all of it first. */
  take(): number | null {
    const used = this.#free.pop();
    if (used !== undefined) return used;
    if (this.#fresh === this.#most) return null;
    this.#fresh += 1;
    return this.#fresh - 1;
  }

  giveBack(slot: number): void {
    this.#free.push(slot);
  }

  /** @throws the host's error: EIO */
  read(slot: number, page: Uint8Array): void {
    for (let done = 0; done < PAGE;) {
      const count = readSync(this.#fd, page, done, PAGE - done, slot * PAGE + done);
      if (count === 0) throw new Error(`slot ${slot} of the swap file has lost its end`);
      done += count;
    }
  }

  /** @throws the host's error: ENOSPC, EIO. Then what is in the slot may be anything. */
  write(slot: number, page: Uint8Array): void {
    for (let done = 0; done < PAGE;) done += writeSync(this.#fd, page, done, PAGE - done, slot * PAGE + done);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

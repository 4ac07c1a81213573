import { closeSync } from 'node:fs';

/** Owns at most `capacity` descriptors (at least 2: a parent outlives the set of its child); the least recently used is closed. */
export class DescriptorCache {
  readonly #capacity: number;
  /** In the order of last use. */
  readonly #descriptors = new Map<string, number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): number | undefined {
    const fd = this.#descriptors.get(key);
    if (fd === undefined) return undefined;
    this.#descriptors.delete(key);
    this.#descriptors.set(key, fd);
    return fd;
  }

  set(key: string, fd: number): void {
    this.#close(key);
    this.#descriptors.set(key, fd);
    for (const oldest of this.#descriptors.keys()) {
      if (this.#descriptors.size <= this.#capacity) return;
      this.#close(oldest);
    }
  }

  clear(): void {
    for (const key of this.#descriptors.keys()) this.#close(key);
  }

  #close(key: string): void {
    const fd = this.#descriptors.get(key);
    if (fd === undefined) return;
    this.#descriptors.delete(key);
    closeSync(fd);
  }
}

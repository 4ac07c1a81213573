import type { Random } from '../../../src/host/seeded-random.ts';
import type { Disk } from './real-tool.ts';

/** A device whose power fails: of the blocks written since the last flush, some are on the medium then and some are not. */
export class MortalDisk implements Disk {
  readonly #medium: Disk;
  readonly #random: Random;
  readonly #blockSize: number;
  /** Each block's versions since the last flush, the newest last. */
  readonly #volatile = new Map<number, Uint8Array[]>();
  #callsLeft: number;

  constructor(medium: Disk, blockSize: number, random: Random, calls: number) {
    this.#medium = medium;
    this.#blockSize = blockSize;
    this.#random = random;
    this.#callsLeft = calls;
  }

  async read(args: { lba: number; count: number }): Promise<Uint8Array> {
    await this.#call();
    const bytes = await this.#medium.read(args);
    for (let i = 0; i < args.count; i += 1) {
      const newest = this.#volatile.get(args.lba + i)?.at(-1);
      if (newest !== undefined) bytes.set(newest, i * this.#blockSize);
    }
    return bytes;
  }

  async write({ lba, data }: { lba: number; data: Uint8Array }): Promise<number> {
    for (let at = 0; at < data.length; at += this.#blockSize) {
      const block = lba + at / this.#blockSize;
      const versions = this.#volatile.get(block) ?? [];
      this.#volatile.set(block, [...versions, data.slice(at, at + this.#blockSize)]);
    }
    await this.#call();
    return data.length / this.#blockSize;
  }

  async flush(): Promise<void> {
    await this.#call();
    const newest = [...this.#volatile].map(([lba, versions]) => ({ lba, version: versions.at(-1) }));
    this.#volatile.clear();
    await this.#settle(newest);
  }

  size(): ReturnType<Disk['size']> {
    return this.#medium.size();
  }

  async #call(): Promise<void> {
    this.#callsLeft -= 1;
    if (this.#callsLeft > 0) return;
    if (this.#callsLeft === 0) {
      const any = [...this.#volatile].map(([lba, versions]) => ({ lba, version: versions[this.#oneOrNone(versions)] }));
      await this.#settle(any);
    }
    throw Object.assign(new Error('the power has failed'), { code: 'EIO' });
  }

  #oneOrNone({ length }: { length: number }): number {
    return this.#random.below(length + 1) - 1;
  }

  async #settle(blocks: readonly { lba: number; version: Uint8Array | undefined }[]): Promise<void> {
    for (const { lba, version } of blocks) if (version !== undefined) await this.#medium.write({ lba, data: version });
  }
}

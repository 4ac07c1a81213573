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
  #isOut = false;
  /** Most is at stake at a flush, so every other time the power holds until the next one. */
  readonly #failsAtFlush: boolean;
  readonly #losesAll: boolean;

  constructor(medium: Disk, blockSize: number, random: Random, calls: number) {
    this.#medium = medium;
    this.#blockSize = blockSize;
    this.#random = random;
    this.#callsLeft = calls;
    this.#failsAtFlush = random.below(2) === 0;
    this.#losesAll = random.below(3) === 0;
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
    await this.#call(true);
    const newest = [...this.#volatile].map(([lba, versions]) => ({ lba, version: versions.at(-1) }));
    this.#volatile.clear();
    await this.#settle(newest);
  }

  size(): ReturnType<Disk['size']> {
    return this.#medium.size();
  }

  async #call(isFlush = false): Promise<void> {
    this.#callsLeft -= 1;
    const goesOut = this.#callsLeft <= 0 && (isFlush || !this.#failsAtFlush);
    if (!goesOut && !this.#isOut) return;
    if (!this.#isOut) {
      this.#isOut = true;
      await this.#settle([...this.#volatile].map(([lba, versions]) => ({ lba, version: this.#oneOf(versions) })));
    }
    throw Object.assign(new Error('the power has failed'), { code: 'EIO' });
  }

  /** One of the versions, or none. A third of the failures leave nothing. */
  #oneOf(versions: readonly Uint8Array[]): Uint8Array | undefined {
    return this.#losesAll ? undefined : versions[this.#random.below(versions.length + 1) - 1];
  }

  async #settle(blocks: readonly { lba: number; version: Uint8Array | undefined }[]): Promise<void> {
    for (const { lba, version } of blocks) if (version !== undefined) await this.#medium.write({ lba, data: version });
  }
}

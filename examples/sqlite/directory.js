import { createHash } from 'node:crypto';
import { after } from './after.js';

/**
 * Which files a device has and how long they are. Its record, shorter than a sector, is written to block 0 and block 1 by
 * turns, so that one of them is whole whenever the writer is killed; the newer one counts.
 */
export class Directory {
  #disk;
  #blockSize;
  #files;
  #sequence = 0;
  #saved = '';

  constructor(disk, blockSize, files) {
    this.#disk = disk;
    this.#blockSize = blockSize;
    this.#files = files;
  }

  /** Answers whether the device has one. */
  async load() {
    const bytes = await this.#disk.read({ lba: 0, count: 2 });
    const records = [0, 1].map((slot) => decode(bytes.subarray(slot * this.#blockSize))).filter(Boolean);
    if (records.length === 0 && bytes.some((byte) => byte !== 0)) throw new Error('the device holds something else');
    for (const { sequence, files } of records.sort((a, b) => a.sequence - b.sequence)) {
      this.#sequence = sequence;
      this.#files.forEach((file, i) => Object.assign(file, files[i]));
    }
    this.#saved = this.#state();
    return records.length > 0;
  }

  /** Writes the record if anything has changed. It counts for good once the device is flushed. */
  save() {
    const files = this.#state();
    if (files === this.#saved) return undefined;
    const sequence = this.#sequence + 1;
    const data = new Uint8Array(this.#blockSize);
    data.set(encode(`{"sequence":${sequence},"files":${files}}`));
    return after(this.#disk.write({ lba: sequence % 2, data }), () => {
      this.#sequence = sequence;
      this.#saved = files;
    });
  }

  #state() {
    return JSON.stringify(this.#files.map(({ exists, length, used }) => ({ exists, length, used })));
  }
}

function encode(text) {
  return Buffer.from(`${createHash('sha256').update(text).digest('hex')} ${text}\n`);
}

function decode(block) {
  const line = Buffer.from(block.subarray(0, 512)).toString('latin1').split('\n', 1)[0];
  const text = line.slice(line.indexOf(' ') + 1);
  return encode(text).toString() === `${line}\n` ? JSON.parse(text) : null;
}

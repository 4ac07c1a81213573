import { after } from './after.js';
import { Directory } from './directory.js';
import { Extent } from './extent.js';

/** A block device divided among two files: two blocks of directory, half of the rest for each. */
export class Volume {
  #disk;
  #directory;

  static async on(disk) {
    const { blocks, blockSize } = await disk.size();
    const volume = new Volume(disk, { blocks: (blocks - 2) >> 1, blockSize });
    if (!(await volume.#directory.load())) await volume.#format();
    if (!volume.journal.exists) await volume.journal.erase();
    return volume;
  }

  constructor(disk, half) {
    this.#disk = disk;
    this.blockSize = half.blockSize;
    this.main = new Extent(disk, 2, half);
    this.journal = new Extent(disk, 2 + half.blocks, half);
    this.#directory = new Directory(disk, half.blockSize, [this.main, this.journal]);
  }

  /** Gives the device what was kept back. Lengths come last: whoever is killed leaves none that counts too much. */
  store() {
    return after(this.journal.store(), () => after(this.main.store(), () => this.#directory.save()));
  }

  /** Settles once all of it is on the medium. */
  sync() {
    return after(this.store(), () => this.#disk.flush());
  }

  remove(file) {
    file.truncate(0);
    file.exists = false;
    // Its end is on the medium before the rest of it goes.
    const removed = after(this.sync(), () => file.erase());
    if (!(removed instanceof Promise)) return undefined;
    return removed.catch((error) => {
      file.exists = true;
      throw error;
    });
  }

  /** What ends a transaction gets its room now: a full disk must not be in its way. */
  async #format() {
    await this.#disk.write({ lba: 0, data: new Uint8Array(2 * this.blockSize) });
    this.journal.truncate(0);
    await this.sync();
  }
}

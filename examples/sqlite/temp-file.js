/** What SQLite spills while it sorts or vacuums: in memory, and of no use to anybody later. */
export class TempFile {
  exists = false;
  length = 0;
  #bytes = new Uint8Array(0);

  read(into, offset) {
    const found = this.#bytes.subarray(Math.min(offset, this.length), Math.min(offset + into.length, this.length));
    into.fill(0, found.length);
    into.set(found);
    return found.length === into.length;
  }

  write(data, offset) {
    const end = offset + data.length;
    if (end > this.#bytes.length) {
      const bytes = new Uint8Array(2 * end);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    this.#bytes.set(data, offset);
    this.length = Math.max(this.length, end);
  }

  truncate(length) {
    this.#bytes.fill(0, length);
    this.length = length;
  }

  store() {}
}

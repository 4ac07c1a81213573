/** The fields of a body, one after the other, little-endian: written… */
export class Writer {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  u16(value: number): this {
    const part = Buffer.alloc(2);
    part.writeUInt16LE(value);
    return this.bytes(part);
  }

  u32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeUInt32LE(value);
    return this.bytes(part);
  }

  u64(value: number): this {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(BigInt(value));
    return this.bytes(part);
  }

  /** A right that is named, not carried. */
  right(disposition: number, name: number): this {
    return this.u8(disposition).u32(name);
  }

  str(text: string): this {
    const part = Buffer.from(text);
    return this.u16(part.length).bytes(part);
  }

  code(text: string): this {
    return this.u8(text.length).bytes(Buffer.from(text, 'latin1'));
  }

  bytes(part: Uint8Array): this {
    this.#parts.push(part);
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** …and read. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#skip(1));
  }

  bool(): boolean {
    return this.u8() !== 0;
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#skip(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#skip(4));
  }

  u64(): number {
    return Number(this.#bytes.readBigUInt64LE(this.#skip(8)));
  }

  str(): string {
    return this.take(this.u16()).toString();
  }

  code(): string {
    return this.take(this.u8()).toString('latin1');
  }

  u32s(): number[] {
    return Array.from({ length: this.u32() }, () => this.u32());
  }

  take(length: number): Buffer {
    const at = this.#skip(length);
    if (at + length > this.#bytes.length) throw new RangeError('the body ends too early');
    return this.#bytes.subarray(at, at + length);
  }

  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at);
  }

  #skip(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

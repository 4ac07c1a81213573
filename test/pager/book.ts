import type { Store } from 'easync/pager';

/** A store in memory that writes down what it is asked for. */
export class Book implements Store {
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly journal: string[] = [];
  failing: Error | null = null;

  constructor(size: number) {
    this.size = size;
    this.bytes = new Uint8Array(size).fill(1);
  }

  read(offset: number, length: number): Uint8Array {
    this.journal.push(`read ${offset} ${length}`);
    if (this.failing !== null) throw this.failing;
    return this.bytes.subarray(offset, offset + length);
  }

  async write(offset: number, data: Uint8Array): Promise<void> {
    await Promise.resolve();
    if (this.failing !== null) throw this.failing;
    this.journal.push(`write ${offset} ${data.length}`);
    this.bytes.set(data, offset);
  }

  flush(): void {
    this.journal.push('flush');
  }

  close(): void {
    this.journal.push('close');
  }

  onError(error: unknown, { op }: { op: string }): void {
    this.journal.push(`${op} failed: ${String(error)}`);
  }

  onInvalid(offset: number, length: number): void {
    this.journal.push(`invalid ${offset} ${length}`);
  }
}

import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { Writer } from './bytes.ts';
import { CALL } from './kinds.ts';
import type { Right } from './link.ts';
import type { Task } from './task.ts';
import { READ, WRITE } from './xp.ts';

const ACCESS_AT = 131072;
const PER_ITEM = 8;

type Place = {
  allowed: number;
  pid: number;
  fd: number;
  pageSize: number;
  slot: number;
  version: number;
  pagesAt: number;
};

/** A part of a memory object in this task's address space, read and written without a call where the page's rule allows it. */
export class DirectMemory {
  /** Where the region is, for calls. */
  readonly address: number;
  /** Where its memory is, for mappings. */
  readonly path: string;
  readonly #file: number;
  readonly #slotAt: number;
  readonly #pagesAt: number;
  readonly #pageSize: number;
  readonly #task: Task;
  readonly #size: number;
  #version: number;
  /** What the region permits, whatever the object's pages do. */
  #allowed: number;

  private constructor(
    path: string,
    { slot, version, pagesAt, pageSize, allowed }: Place,
    where: { task: Task; address: number; size: number },
  ) {
    this.path = path;
    this.#file = openSync(path, 'r+');
    this.#task = where.task;
    this.address = where.address;
    this.#size = where.size;
    this.#slotAt = PER_ITEM * slot;
    this.#pagesAt = pagesAt;
    this.#pageSize = pageSize;
    this.#allowed = allowed;
    this.#version = version;
  }

  /** Maps an object's first bytes for reading and writing. */
  static async map(task: Task, object: Right, size: number): Promise<DirectMemory> {
    const all = READ | WRITE;
    const wanted = new Writer()
      .u64(0)
      .u64(size)
      .u64(0)
      .bool(true)
      .right(...object)
      .u64(0)
      .bool(false)
      .u8(all)
      .u8(all);
    const address = (await task.call(CALL.vm_map, wanted)).u64();
    const place = await find(task, address);
    if (place.pid === 0) throw new Error('this memory has no place');
    return new DirectMemory(`/proc/${place.pid}/fd/${place.fd}`, place, { task, address, size });
  }

  /** Bytes of one page; undefined: that takes a call. */
  read(offset: number, length: number): Buffer | undefined {
    return this.#pinned(offset, READ, () => {
      const bytes = Buffer.alloc(length);
      readSync(this.#file, bytes, 0, length, this.#pagesAt + offset);
      return bytes;
    });
  }

  write(offset: number, bytes: Buffer): true | undefined {
    return this.#pinned(offset, WRITE, (page) => {
      this.#store(ACCESS_AT + PER_ITEM * page + 4, 1);
      writeSync(this.#file, bytes, 0, bytes.length, this.#pagesAt + offset);
      return true;
    });
  }

  /** Whether something has changed since that may concern this region. */
  get isStale(): boolean {
    return this.#load(this.#slotAt + 4) !== this.#version;
  }

  /** Asks what is so now. */
  async askAgain(): Promise<void> {
    const { version, allowed } = await find(this.#task, this.address);
    this.#version = version;
    this.#allowed = allowed;
  }

  async unmap(): Promise<void> {
    await this.#task.call(CALL.vm_deallocate, new Writer().u64(this.address).u64(this.#size));
    this.close();
  }

  close(): void {
    closeSync(this.#file);
  }

  #pinned<T>(offset: number, access: number, use: (page: number) => T): T | undefined {
    const page = Math.floor(offset / this.#pageSize);
    this.#store(this.#slotAt, page + 1);
    const isAllowed = (this.#load(ACCESS_AT + PER_ITEM * page) & this.#allowed & access) !== 0;
    const result = isAllowed && !this.isStale ? use(page) : undefined;
    this.#store(this.#slotAt, 0);
    return result;
  }

  #load(at: number): number {
    const word = Buffer.alloc(4);
    readSync(this.#file, word, 0, 4, at);
    return word.readUInt32LE();
  }

  #store(at: number, value: number): void {
    const word = Buffer.alloc(4);
    word.writeUInt32LE(value);
    writeSync(this.#file, word, 0, 4, at);
  }
}

async function find(task: Task, address: number): Promise<Place> {
  const region = await task.call(CALL.vm_region, new Writer().u64(address));
  region.take(8 + 8);
  const allowed = region.u8();
  region.take(1 + 4 + 8);
  const [pid, fd, pageSize, slot] = [region.u32(), region.u32(), region.u32(), region.u32()];
  return { allowed, pid, fd, pageSize, slot, version: region.u32(), pagesAt: region.u64() };
}

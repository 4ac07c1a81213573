import { type Code, IpcError } from '../../errors.ts';
import { VM_PROT } from '../../wire/index.ts';
import type { Task } from '../task.ts';
import { failed, nameOf } from './failures.ts';
import { Futex } from './futex.ts';
import { Mapping } from './mapping.ts';
import type { SharedIdent } from '../sleep/shared-ident.ts';

/** `'none'` keeps the addresses. */
export type Protection = 'none' | 'r' | 'rw';

export type AccessOptions = {
  /** Give up waiting for a pager, with KERN_ABORTED. */
  signal?: AbortSignal;
};

/**
 * A mapping of a part of a memory object in this task. Reads and writes complete at once where the pages are here and allow it;
 * else they answer a promise, and wait for the pager. A page goes from one broker to another as a whole; several do not. Tasks of one
 * broker share the very memory, as threads do: who reads while another writes there may see some of it.
 */
export class Region implements AsyncDisposable {
  readonly #task: Task;
  readonly #mapping: Mapping;
  /** Each is known to the broker by a number, which is asked for once. */
  readonly #idents = new Map<number, SharedIdent>();

  private constructor(mapping: Mapping) {
    this.#task = mapping.task;
    this.#mapping = mapping;
  }

  /**
   * The region at this address of the task's.
   *
   * @throws IpcError KERN_INVALID_ADDRESS
   */
  static async at(task: Task, address: number, op: string): Promise<Region> {
    return new Region(await Mapping.at(task, address, op));
  }

  /** In the address space of the task: what a holder of its task port uses to speak of it. */
  get address(): number {
    return this.#mapping.where.address;
  }

  /** Bytes, a multiple of the page size. */
  get size(): number {
    return this.#mapping.where.size;
  }

  /** Where in the object it begins. */
  get offset(): number {
    return this.#mapping.where.offset;
  }

  get pageSize(): number {
    return this.#mapping.where.pageSize;
  }

  /** Whether accesses can do without a call: the broker's memory is open to this process. */
  get isDirect(): boolean {
    return this.#mapping.isDirect;
  }

  /**
   * `length` bytes from `offset` of the region on.
   *
   * @throws IpcError KERN_INVALID_ADDRESS (outside, or unmapped), KERN_PROTECTION_FAILURE, KERN_MEMORY_ERROR (the pager has failed, or
   *   has gone), KERN_ABORTED, EBROKERDIED, KERN_INVALID_TASK (it had died before)
   */
  read(offset: number, length: number, options: AccessOptions = {}): Uint8Array | Promise<Uint8Array> {
    this.#mapping.mustHold('read', offset, length);
    const target = new Uint8Array(length);
    const left = this.readInto(offset, target, options);
    return left === undefined ? target : left.then(() => target);
  }

  /** The same into `target`, which is the region's until it is over. */
  readInto(offset: number, target: Uint8Array, { signal }: AccessOptions = {}): void | Promise<void> {
    mustBeBytes('readInto', this.#mapping.where, target);
    this.#mapping.mustHold('read', offset, target.length);
    const done = this.#inPlace(VM_PROT.READ, offset, target);
    if (done === target.length) return undefined;
    return this.#byCalls('read', offset + done, target.subarray(done), async (address, part) => {
      const { code, data } = await this.#task.traps.vm_read(address, part.length, signal);
      if (code === 0) part.set(data);
      return code;
    });
  }

  /** Writes `bytes`, which are the region's until it is over. Errors as of `read`, and EINVAL; of several pages some may have been written then. */
  write(offset: number, bytes: Uint8Array, { signal }: AccessOptions = {}): void | Promise<void> {
    mustBeBytes('write', this.#mapping.where, bytes);
    this.#mapping.mustHold('write', offset, bytes.length);
    const done = this.#inPlace(VM_PROT.WRITE, offset, bytes);
    if (done === bytes.length) return undefined;
    return this.#byCalls('write', offset + done, bytes.subarray(done), async (address, part) => {
      const { code } = await this.#task.traps.vm_write(address, part, signal);
      return code;
    });
  }

  /**
   * The futex of these four bytes (seed 002): the same for everybody who maps them, whatever the address. Of a copy it is another.
   *
   * @throws IpcError KERN_INVALID_ADDRESS (outside, or no multiple of 4), ERELEASED
   */
  futex(offset: number): Futex {
    this.#mapping.mustHold('futex', offset, 4);
    mustBeWord('futex', this.#mapping.where, offset);
    return new Futex(this.#mapping.futexAt(offset));
  }

  /**
   * These four bytes as something to sleep on (`easync/sync`): the same for everybody who maps them. Of this region it is
   * one handle, whoever asks.
   *
   * @throws IpcError KERN_INVALID_ADDRESS (outside, or no multiple of 4), ERELEASED
   */
  ident(offset: number): SharedIdent {
    const hold = (): void => this.#mapping.mustHold('ident', offset, 4);
    hold();
    mustBeWord('ident', this.#mapping.where, offset);
    const known = this.#idents.get(offset);
    if (known !== undefined) return known;
    const ident = this.#task.sleep.identAt(this.address + offset, hold);
    this.#idents.set(offset, ident);
    return ident;
  }

  /** What may be done with it from now on; never more than it was mapped with. */
  async protect(protection: Protection): Promise<void> {
    const { address, size } = this.#mapping.where;
    const { code } = await this.#task.traps.vm_protect(address, size, false, PROTECTIONS[protection]);
    if (code !== 0) throw failed('protect', this.#mapping.where, code);
    await this.#mapping.lookAgain();
  }

  /** Gives the addresses back. What was written is the object's; the last to go has it written to the pager. */
  unmap(): Promise<void> {
    return this.#mapping.unmap();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unmap();
  }

  /** Page by page, until one takes a call. Answers how many bytes are done. */
  #inPlace(access: number, offset: number, bytes: Uint8Array): number {
    const { pageSize } = this;
    const direct = this.#mapping.directFor(access);
    if (direct === null) return 0;
    let done = 0;
    while (done < bytes.length) {
      const at = offset + done;
      const end = Math.min(bytes.length, done + pageSize - (at % pageSize));
      const part = bytes.subarray(done, end);
      if (!(access === VM_PROT.WRITE ? direct.write(at, part) : direct.read(at, part))) break;
      done = end;
    }
    return done;
  }

  /** The broker gets the pages, and reads and writes them in the same moment: no other can take them away in between. */
  async #byCalls(
    op: string,
    offset: number,
    bytes: Uint8Array,
    one: (address: number, part: Uint8Array) => Promise<Code>,
  ): Promise<void> {
    const looking = this.#mapping.refresh();
    if (looking !== null) await looking;
    for (let done = 0; done < bytes.length; done += AT_ONCE) {
      const code = await one(this.address + offset + done, bytes.subarray(done, done + AT_ONCE));
      if (code !== 0) throw failed(op, this.#mapping.where, code);
    }
  }
}

function mustBeBytes(op: string, where: { address: number; size: number }, bytes: unknown): void {
  if (bytes instanceof Uint8Array) return;
  const object = nameOf(where);
  throw new IpcError('EINVAL', `${op}: ${object}: bytes are a Uint8Array, such as Buffer.from('text')`, { op, object });
}

function mustBeWord(op: string, where: { address: number; size: number }, offset: number): void {
  if (offset % 4 === 0) return;
  const text = `${op}: ${offset} is no multiple of 4`;
  throw new IpcError('KERN_INVALID_ADDRESS', text, { op, object: nameOf(where) });
}

const PROTECTIONS: Record<Protection, number> = {
  none: VM_PROT.NONE,
  r: VM_PROT.READ,
  rw: VM_PROT.READ | VM_PROT.WRITE,
};

/** Bytes of one call. */
const AT_ONCE = 1024 * 1024;

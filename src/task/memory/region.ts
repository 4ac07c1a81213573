import { type Code, IpcError } from '../../errors.ts';
import { VM_PROT } from '../../wire/index.ts';
import type { Task } from '../task.ts';
import { DirectMemory, type Place } from './direct.ts';
import { failed, nameOf } from './failures.ts';

/** `'none'` keeps the addresses. */
export type Protection = 'none' | 'r' | 'rw';

export type AccessOptions = {
  /** Give up waiting for a pager, with KERN_ABORTED. */
  signal?: AbortSignal;
};

type Where = Place & { address: number; size: number; protection: number; object: number; offset: number };

/**
 * A mapping of a part of a memory object in this task. Reads and writes complete at once where the pages are here and allow it;
 * else they answer a promise, and wait for the pager. A page goes from one broker to another as a whole; several do not. Tasks of one
 * broker share the very memory, as threads do: who reads while another writes there may see some of it.
 */
export class Region implements AsyncDisposable {
  readonly #task: Task;
  #where: Where;
  #direct: DirectMemory | null;
  #isUnmapped = false;
  #looking: Promise<void> | null = null;

  private constructor(task: Task, where: Where) {
    this.#task = task;
    this.#where = where;
    this.#direct = directOf(task, where);
  }

  /**
   * The region at this address of the task's.
   *
   * @throws IpcError KERN_INVALID_ADDRESS
   */
  static async at(task: Task, address: number, op: string): Promise<Region> {
    return new Region(task, await lookUp(task, address, op));
  }

  /** In the address space of the task: what a holder of its task port uses to speak of it. */
  get address(): number {
    return this.#where.address;
  }

  /** Bytes, a multiple of the page size. */
  get size(): number {
    return this.#where.size;
  }

  /** Where in the object it begins. */
  get offset(): number {
    return this.#where.offset;
  }

  get pageSize(): number {
    return this.#where.pageSize;
  }

  /** Whether accesses can do without a call: the broker's memory is open to this process. */
  get isDirect(): boolean {
    return this.#direct !== null;
  }

  /**
   * `length` bytes from `offset` of the region on.
   *
   * @throws IpcError KERN_INVALID_ADDRESS (outside, or unmapped), KERN_PROTECTION_FAILURE, KERN_MEMORY_ERROR (the pager has failed, or
   *   has gone), KERN_ABORTED, EBROKERDIED, KERN_INVALID_TASK (it had died before)
   */
  read(offset: number, length: number, options: AccessOptions = {}): Uint8Array | Promise<Uint8Array> {
    this.#mustHold('read', offset, length);
    const target = new Uint8Array(length);
    const left = this.readInto(offset, target, options);
    return left === undefined ? target : left.then(() => target);
  }

  /** The same into `target`, which is the region's until it is over. */
  readInto(offset: number, target: Uint8Array, { signal }: AccessOptions = {}): void | Promise<void> {
    this.#mustHold('read', offset, target.length);
    const done = this.#inPlace(VM_PROT.READ, offset, target);
    if (done === target.length) return undefined;
    return this.#byCalls('read', offset + done, target.subarray(done), async (address, part) => {
      const { code, data } = await this.#task.traps.vm_read(address, part.length, signal);
      if (code === 0) part.set(data);
      return code;
    });
  }

  /** Writes `bytes`, which are the region's until it is over. Errors as of `read`; of several pages some may have been written then. */
  write(offset: number, bytes: Uint8Array, { signal }: AccessOptions = {}): void | Promise<void> {
    this.#mustHold('write', offset, bytes.length);
    const done = this.#inPlace(VM_PROT.WRITE, offset, bytes);
    if (done === bytes.length) return undefined;
    return this.#byCalls('write', offset + done, bytes.subarray(done), async (address, part) => {
      const { code } = await this.#task.traps.vm_write(address, part, signal);
      return code;
    });
  }

  /** What may be done with it from now on; never more than it was mapped with. */
  async protect(protection: Protection): Promise<void> {
    const { address, size } = this.#where;
    const { code } = await this.#task.traps.vm_protect(address, size, false, PROTECTIONS[protection]);
    if (code !== 0) throw failed('protect', this.#where, code);
    await this.#lookAgain();
  }

  /** Gives the addresses back. What was written is the object's; the last to go has it written to the pager. */
  async unmap(): Promise<void> {
    if (this.#isUnmapped) return;
    this.#isUnmapped = true;
    this.#direct?.[Symbol.dispose]();
    this.#direct = null;
    if (this.#task.isClosed) return;
    const { code } = await this.#task.traps.vm_deallocate(this.address, this.size);
    if (code !== 0 && !this.#task.isClosed) throw failed('unmap', this.#where, code);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unmap();
  }

  /** Page by page, until one takes a call. Answers how many bytes are done. */
  #inPlace(access: number, offset: number, bytes: Uint8Array): number {
    const { pageSize, protection } = this.#where;
    const direct = this.#direct;
    // Nobody would take back what is written without a broker.
    if (direct === null || (protection & access) === 0 || this.#task.isClosed) return 0;
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
    if (this.#direct?.isStale === true) await this.#lookAgain();
    for (let done = 0; done < bytes.length; done += AT_ONCE) {
      const code = await one(this.address + offset + done, bytes.subarray(done, done + AT_ONCE));
      if (code !== 0) throw failed(op, this.#where, code);
    }
  }

  /** Somebody has changed mappings of this task. Of one that is gone the calls say so. */
  async #lookAgain(): Promise<void> {
    this.#looking ??= (async () => {
      const where = await lookUp(this.#task, this.address, 'look again').catch(() => null);
      this.#looking = null;
      if (this.#isUnmapped) return;
      this.#direct?.[Symbol.dispose]();
      const isThis = where !== null && where.address <= this.address && where.object === this.#where.object;
      const moved = isThis && where.offset - where.address === this.offset - this.address;
      const isWhole = moved && where.address + where.size >= this.address + this.size;
      if (isWhole) this.#where = { ...this.#where, protection: where.protection, version: where.version };
      this.#direct = isWhole ? directOf(this.#task, this.#where) : null;
    })();
    await this.#looking;
  }

  #mustHold(op: string, offset: number, length: number): void {
    const { size } = this.#where;
    if (this.#isUnmapped) throw failed(op, this.#where, 'ERELEASED');
    if (isCount(offset) && isCount(length) && offset + length <= size) return;
    const text = `${op}: bytes ${offset} to ${offset + length} are not in this region of ${size} bytes`;
    throw new IpcError('KERN_INVALID_ADDRESS', text, { op, object: nameOf(this.#where) });
  }
}

async function lookUp(task: Task, address: number, op: string): Promise<Where> {
  const { code, ...where } = await task.traps.vm_region(address);
  if (code === 0 && where.address <= address) return where;
  const object = `address ${address}`;
  throw new IpcError(code || 'KERN_INVALID_ADDRESS', `${op}: nothing is mapped at ${object}`, { op, object });
}

/** Null where this process may not open the broker's memory: it is another user's, or elsewhere. Then everything goes by calls. */
function directOf(task: Task, where: Where): DirectMemory | null {
  if (where.pid === 0) return null;
  try {
    return new DirectMemory(where, where.offset, where.size);
  } catch (error) {
    task.warn(`the memory of ${nameOf(where)} is reached by calls: ${String(error)}`);
    return null;
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

const PROTECTIONS: Record<Protection, number> = {
  none: VM_PROT.NONE,
  r: VM_PROT.READ,
  rw: VM_PROT.READ | VM_PROT.WRITE,
};

/** Bytes of one call. */
const AT_ONCE = 1024 * 1024;

import { IpcError } from '../../errors.ts';
import { VM_PROT } from '../../wire/index.ts';
import type { Task } from '../task.ts';
import { DirectMemory, type Place } from './direct.ts';
import { failed, nameOf } from './failures.ts';
import { FutexPlace } from './futex-place.ts';

export type Where = Place & { address: number; size: number; protection: number; object: number; offset: number };

/** A region as this task knows it: where it is, what may be done with it, and its memory where this process can open it. */
export class Mapping {
  readonly task: Task;
  #where: Where;
  #direct: DirectMemory | null;
  /** Futexes that have a word, by their offset in the region: the broker gives an object no more than `FUTEXES`. */
  readonly #places = new Map<number, FutexPlace>();
  /** What else the task had mapped when it unmapped this. */
  #heirs: readonly Mapping[] = [];
  #isUnmapped = false;
  #isLost = false;
  #looking: Promise<void> | null = null;
  #onClosed: Disposable | null = null;

  private constructor(task: Task, where: Where) {
    this.task = task;
    this.#where = where;
    this.#direct = directOf(task, where);
  }

  /** @throws IpcError KERN_INVALID_ADDRESS */
  static async at(task: Task, address: number, op: string): Promise<Mapping> {
    const mapping = new Mapping(task, await lookUp(task, address, op));
    task.vm.mappings.set(mapping.where.address, mapping);
    return mapping;
  }

  get where(): Where {
    return this.#where;
  }

  get isUnmapped(): boolean {
    return this.#isUnmapped;
  }

  /** By this task, or by another that has its task port: what is at its addresses now is something else. */
  get isGone(): boolean {
    return this.#isUnmapped || this.#isLost;
  }

  get isDirect(): boolean {
    return this.#direct !== null;
  }

  /** The memory, if this access is allowed and nothing is wrong with a broker that would take back what is written. */
  directFor(access: number): DirectMemory | null {
    return (this.#where.protection & access) === access && !this.task.isClosed ? this.#direct : null;
  }

  /** Handles that are made later share what is known of it. */
  futexAt(offset: number): FutexPlace {
    return this.#places.get(offset) ?? new FutexPlace(this, offset);
  }

  /**
   * A futex that the task has had since it was mapped here, at whichever of its mappings has it now. Null: there was a time when none
   * had it, and it was lost then (pager.md §2.1, §2.3).
   */
  presentOf(key: FutexPlace['key'], seen = new Set<Mapping>([this])): FutexPlace | null {
    const at = key.offset - this.#where.offset;
    if (key.object !== this.#where.object || at < 0 || at >= this.#where.size) return null;
    if (!this.isGone) return this.futexAt(at);
    for (const heir of this.#heirs) {
      const present = seen.has(heir) ? null : heir.presentOf(key, seen.add(heir));
      if (present !== null) return present;
    }
    return null;
  }

  /** Has it use its word, which is at `position` of the object's memory, if this task may read and write there. */
  openFutex(place: FutexPlace, position: number): void {
    // Without its broker nobody has a futex: whoever locks need not look for that each time.
    this.#onClosed ??= this.task.onClosed(() => this.#direct?.closeFutexes());
    this.directFor(VM_PROT.READ | VM_PROT.WRITE)?.openFutex(place, position);
    if (place.isOpen) this.#places.set(place.offset, place);
  }

  /** @throws IpcError ERELEASED, KERN_INVALID_ADDRESS: not all of these bytes are in it */
  mustHold(op: string, offset: number, length: number): void {
    const { size } = this.#where;
    if (this.#isUnmapped) throw failed(op, this.#where, 'ERELEASED');
    const areCounts = isCount(offset) && isCount(length);
    if (areCounts && offset + length <= size) return;
    const what = areCounts
      ? `bytes ${offset} to ${offset + length}`
      : `${String(length)} bytes at offset ${String(offset)}`;
    const text = `${op}: ${what} are not in this region of ${size} bytes`;
    throw new IpcError('KERN_INVALID_ADDRESS', text, { op, object: nameOf(this.#where) });
  }

  /** Before a call: null, unless mappings of this task have changed since it looked. Of one that is gone the calls say so. */
  refresh(): Promise<void> | null {
    return this.#direct?.isStale === true ? this.lookAgain() : null;
  }

  async lookAgain(): Promise<void> {
    this.#looking ??= (async () => {
      const known = this.#where;
      const where = await lookUp(this.task, known.address, 'look again').catch(() => null);
      this.#looking = null;
      if (this.#isUnmapped) return;
      this.#direct?.[Symbol.dispose]();
      const isThis = where !== null && where.address <= known.address && where.object === known.object;
      const isThere = isThis && where.offset - where.address === known.offset - known.address;
      const isWhole = isThere && where.address + where.size >= known.address + known.size;
      if (isWhole) this.#where = { ...known, protection: where.protection, version: where.version };
      this.#isLost = !isThere;
      this.#direct = isWhole ? directOf(this.task, this.#where) : null;
    })();
    await this.#looking;
  }

  async unmap(): Promise<void> {
    if (this.#isUnmapped) return;
    this.#isUnmapped = true;
    const { mappings } = this.task.vm;
    // Whichever handle of the region is there: it is gone, too.
    mappings.delete(this.#where.address);
    this.#heirs = [...mappings.values()];
    this.#onClosed?.[Symbol.dispose]();
    this.#direct?.[Symbol.dispose]();
    this.#direct = null;
    if (this.task.isClosed) return;
    const { address, size } = this.#where;
    const { code } = await this.task.traps.vm_deallocate(address, size);
    if (code !== 0 && !this.task.isClosed) throw failed('unmap', this.#where, code);
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

import { IpcError } from '../../errors.ts';
import { VM_PROT } from '../../wire/index.ts';
import { copy, SendRight } from '../rights/send-right.ts';
import type { Task } from '../task.ts';
import { notMade } from './failures.ts';
import { LockCalls } from './lock-calls.ts';
import type { Mapping } from './mapping.ts';
import { Region } from './region.ts';

export type MapOptions = {
  /** Bytes, rounded up to pages. */
  size: number;
  /** Where in the object: a multiple of the page size. Default: 0. */
  offset?: number;
  /** What this task may do. Default: `'rw'`. */
  protection?: 'r' | 'rw';
  /** The bytes as they are now: what is written to one is not seen in the other. */
  copy?: boolean;
};

/** What a task maps. The calls below are `task.traps.vm_…`. */
export class AddressSpace {
  /** @internal */
  readonly lockCalls = new LockCalls();
  /** By address: those that this task has made or looked up, and not unmapped since. A region that is looked up again is the same. @internal */
  readonly mappings = new Map<number, Mapping>();
  readonly #task: Task;

  /** @internal */
  constructor(task: Task) {
    this.#task = task;
  }

  /**
   * Maps a part of the memory object whose port `object` is a right to; the right stays yours.
   *
   * @throws IpcError EINVAL, KERN_INVALID_ARGUMENT, KERN_INVALID_CAPABILITY, KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE; of a copy KERN_MEMORY_ERROR
   */
  async map(object: SendRight, options: MapOptions): Promise<Region> {
    checkMap(object, options);
    const { size, offset = 0, protection = 'rw', copy: isCopy = false } = options;
    const bits = protection === 'r' ? VM_PROT.READ : VM_PROT.READ | VM_PROT.WRITE;
    const right = copy(object);
    const { name, disp } = right.departSpec();
    const mapping = this.#region('map', { size, offset, copy: isCopy, protection: bits, object: name, disp });
    // The frame has left.
    right.consume();
    return mapping;
  }

  /**
   * Memory of zeros, which no pager has before the broker needs room for it.
   *
   * @throws IpcError KERN_INVALID_ARGUMENT, KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE
   */
  allocate(size: number): Promise<Region> {
    return this.#region('allocate', { size, protection: VM_PROT.READ | VM_PROT.WRITE });
  }

  /**
   * The region at an address of this task's, which another task has mapped here by its task port.
   *
   * @throws IpcError KERN_INVALID_ADDRESS
   */
  region(address: number): Promise<Region> {
    return Region.at(this.#task, address, 'region');
  }

  async #region(op: string, args: Parameters<Task['traps']['vm_map']>[0]): Promise<Region> {
    if (!Number.isSafeInteger(args.size) || args.size <= 0)
      throw notMade(op, 'KERN_INVALID_ARGUMENT', `of ${args.size} bytes`);
    const { code, address } = await this.#task.traps.vm_map(args);
    if (code !== 0) throw notMade(op, code, `of ${args.size} bytes from ${args.offset ?? 0} on`);
    return Region.at(this.#task, address, op);
  }
}

/** @throws IpcError EINVAL */
function checkMap(object: unknown, options: unknown): void {
  const isRight = object instanceof SendRight;
  if (isRight && typeof options === 'object' && options !== null) return;
  const what = isRight
    ? 'its options are { size, offset?, protection?, copy? }'
    : 'what is mapped is a send right to a memory object';
  throw new IpcError('EINVAL', `map: ${what}: \`map(port, { size })\``, { op: 'map' });
}

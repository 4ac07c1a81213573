import type { Code } from '../../errors.ts';
import { type Name, NO_RIGHT, NULL_NAME } from '../../kernel/types.ts';
import type { Fields, KernelCall } from '../../wire/index.ts';
import type { Task } from '../task.ts';
import type { TrapResult } from '../calls/kernel-calls.ts';
import { FutexTraps } from './futex-traps.ts';
import { dispositionOf } from './numbers.ts';

type Answer<T = object> = Promise<{ code: Code } & T>;

/**
 * The memory calls of a task port (pager.md §2.1, Part I): numbers in, codes out. Addresses are of the task that they are made on;
 * sizes are bytes, rounded up to pages. A call that needs pages answers when they are there.
 */
export class VmTraps extends FutexTraps {
  readonly #task: Task;
  readonly #on: Name;

  /** @internal */
  constructor(task: Task, on: Name) {
    super(task, on);
    this.#task = task;
    this.#on = on;
  }

  /**
   * Zeros. `address`: where to look from with `anywhere`, else the very place.
   *
   * KERN_INVALID_ARGUMENT, KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE
   */
  async vm_allocate(address: number, size: number, anywhere: boolean): Answer<{ address: number }> {
    const { code, address: at } = await this.#call('vm_allocate', { address, size, anywhere });
    return { code, address: at };
  }

  /**
   * Maps `size` bytes of a memory object from `offset` on. `object` is the caller's name for its port, `disp` says what becomes of the
   * right; 0: zeros. `copy`: the bytes as they are now. `mask`: bits that the address may not have.
   *
   * KERN_INVALID_ARGUMENT, KERN_INVALID_NAME, KERN_INVALID_RIGHT, KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE; of a copy also
   * KERN_MEMORY_ERROR
   */
  async vm_map(args: {
    address?: number;
    size: number;
    mask?: number;
    anywhere?: boolean;
    object?: Name;
    disp?: number;
    offset?: number;
    copy?: boolean;
    protection: number;
    maximum?: number;
  }): Answer<{ address: number }> {
    const { object = NULL_NAME, disp = 0, protection, ...rest } = args;
    const { code, address } = await this.#call('vm_map', {
      address: 0,
      mask: 0,
      anywhere: true,
      offset: 0,
      copy: false,
      maximum: protection,
      ...rest,
      protection,
      object: object === NULL_NAME ? NO_RIGHT : { name: object, disp: dispositionOf(disp) },
    });
    return { code, address };
  }

  /** KERN_INVALID_ARGUMENT */
  async vm_deallocate(address: number, size: number): Answer {
    const { code } = await this.#call('vm_deallocate', { address, size });
    return { code };
  }

  /** `setMaximum`: for good. KERN_INVALID_ARGUMENT, KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE (more than the maximum) */
  async vm_protect(address: number, size: number, setMaximum: boolean, protection: number): Answer {
    const { code } = await this.#call('vm_protect', { address, size, setMaximum, protection });
    return { code };
  }

  /** Pages are read one by one, as they come. KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE, KERN_MEMORY_ERROR, KERN_ABORTED */
  async vm_read(address: number, size: number, signal?: AbortSignal): Answer<{ data: Uint8Array }> {
    const { code, data } = await this.#call('vm_read', { address, size }, signal);
    return { code, data };
  }

  /** Pages are written one by one, as they come; some may have been, should it fail. The codes of `vm_read`. */
  async vm_write(address: number, data: Uint8Array, signal?: AbortSignal): Answer {
    const { code } = await this.#call('vm_write', { address, data }, signal);
    return { code };
  }

  /** The region that `address` is in, or the next one above. KERN_INVALID_ADDRESS: there is none. */
  async vm_region(address: number): Answer<Omit<TrapResult<'vm_region'>, 'code' | 'rights' | 'memory' | 'header'>> {
    const { rights: _, memory: __, header: ___, ...region } = await this.#call('vm_region', { address });
    return region;
  }

  #call<K extends KernelCall>(
    call: K,
    fields: Fields<K>,
    signal?: AbortSignal,
  ): Promise<TrapResult<K> & { code: Code }> {
    return this.#task.calls.ask(call, fields, this.#on, signal);
  }
}

import { Vm } from '../../vm/index.ts';
import type { Words } from '../../vm/machine.ts';
import type { Mapped, Mapping } from '../../vm/map-object.ts';
import type { VmLimits } from '../../vm/state.ts';
import type { ObjectId, TaskId } from '../../vm/types.ts';

/** The machine, where what is mapped has its memory from then on: a page that comes later does not find that there is none. */
export class BackedVm extends Vm {
  readonly #back: (object: ObjectId) => void;

  /** `back` throws if the system has no memory for the object, or no descriptor. */
  constructor(limits: VmLimits, words: Words, back: (object: ObjectId) => void) {
    super(limits, {}, undefined, words);
    this.#back = back;
  }

  override map(task: TaskId, call: number, mapping: Mapping): Mapped {
    const mapped = super.map(task, call, mapping);
    const region = mapped.code === 0 || mapped.code === 'waiting' ? this.region(task, mapped.address) : null;
    if (region === null) return mapped;
    try {
      this.#back(region.object);
      if (mapping.object !== null) this.#back(mapping.object);
      return mapped;
    } catch {
      this.cancel(call);
      this.deallocate(task, { address: mapped.address, size: mapping.size });
      return { code: 'KERN_RESOURCE_SHORTAGE', address: 0 };
    }
  }
}

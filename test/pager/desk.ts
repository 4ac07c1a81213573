import { Master } from '../../src/pager/master.ts';
import type { Effect, FromKernel, MasterOptions, ToKernel } from '../../src/pager/state.ts';
import { VM_PROT } from '../../src/wire/index.ts';
import type { Replaced } from './world.ts';

type Of<T extends Effect['type']> = Extract<Effect, { type: T }>;

/** One master, spoken to by hand: units of 8 bytes, and a store that answers when it is told to. */
export class Desk {
  readonly master: Master;
  #effects: Effect[] = [];
  #reqId = 0;

  constructor(replaced: Replaced = {}, options: Partial<MasterOptions> = {}, kernels = 2) {
    this.master = new Master({ pageSize: 8, size: 8 * 64, readAhead: 0, ...options }, replaced);
    for (let kernel = 1; kernel <= kernels; kernel += 1) this.from(kernel, { kind: 'memory_object_init', pageSize: 8 });
    this.effects('send');
  }

  from(kernel: number, message: FromKernel): void {
    this.master.receive(kernel, message);
  }

  /** Answers with the request’s number. */
  request(kernel: number, unit: number, access: number = VM_PROT.READ, length = 8): number {
    this.#reqId += 1;
    this.from(kernel, { kind: 'memory_object_data_request', reqId: this.#reqId, offset: unit * 8, length, access });
    return this.#reqId;
  }

  unlock(kernel: number, unit: number, gen: number): number {
    this.#reqId += 1;
    const range = { offset: unit * 8, length: 8 };
    const access = VM_PROT.WRITE;
    this.from(kernel, { kind: 'memory_object_data_unlock', reqId: this.#reqId, ...range, access, gen });
    return this.#reqId;
  }

  returns(kernel: number, unit: number, byte: number, gen: number, { reqId = 0, kernelCopy = false } = {}): void {
    const data = page(byte);
    const offset = unit * 8;
    this.from(kernel, { kind: 'memory_object_data_return', reqId, offset, dirty: true, kernelCopy, gen, data });
  }

  completed(kernel: number, { reqId, offset, length }: { reqId: number; offset: number; length: number }): void {
    this.from(kernel, { kind: 'memory_object_lock_completed', reqId, offset, length });
  }

  /** The kernel asks for a page and gets it, as far as nobody stands in the way. */
  give(kernel: number, unit: number, access: number = VM_PROT.READ, byte = 1): { gen: number } {
    this.request(kernel, unit, access);
    for (const { id } of this.effects('read')) this.master.readDone(id, page(byte));
    const supply = this.sent(kernel, 'memory_object_data_supply').at(-1);
    if (supply === undefined) throw new Error(`kernel ${kernel} was not given page ${unit}`);
    return supply;
  }

  /** Takes the effects of this type. */
  effects<T extends Effect['type']>(type: T): Of<T>[] {
    this.#effects.push(...this.master.takeEffects());
    const taken = this.#effects.filter((effect): effect is Of<T> => effect.type === type);
    this.#effects = this.#effects.filter((effect) => effect.type !== type);
    return taken;
  }

  /** Takes the messages of this kind to this kernel. */
  sent<K extends ToKernel['kind']>(kernel: number, kind: K): Extract<ToKernel, { kind: K }>[] {
    this.#effects.push(...this.master.takeEffects());
    const taken: Extract<ToKernel, { kind: K }>[] = [];
    this.#effects = this.#effects.filter((effect) => {
      if (effect.type !== 'send' || effect.kernel !== kernel || effect.message.kind !== kind) return true;
      taken.push(effect.message as Extract<ToKernel, { kind: K }>);
      return false;
    });
    return taken;
  }
}

export function page(byte: number): Uint8Array {
  return new Uint8Array(8).fill(byte);
}

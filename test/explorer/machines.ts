import { Master } from '../../src/pager/master.ts';
import type { FromKernel, State as MasterState, Effect as PagerEffect } from '../../src/pager/state.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { type Effect, type FromPager, type State, Vm, type VmLimits } from '../../src/vm/index.ts';
import { enqueue, newQueue, type Queue } from '../../src/vm/queue.ts';
import { VM_PROT } from '../../src/wire/index.ts';
import { Interned } from './interned.ts';
import type { Bounds } from './bounds.ts';

export type Replaced = {
  vm?: ConstructorParameters<typeof Vm>[1];
  master?: ConstructorParameters<typeof Master>[1];
};

/** What can happen to a kernel's machine. Its one task maps the whole object at `ADDRESS`; a call's number tells them apart. */
export type KernelEvent =
  | { do: 'create' }
  | { do: 'map'; object: number }
  | { do: 'unmap' }
  | { do: 'access'; call: number; page: number; write: boolean }
  | { do: 'receive'; object: number; message: FromPager }
  | { do: 'pagerDied'; object: number }
  | { do: 'revoked'; object: number; page: number; dirty: boolean }
  | { do: 'evict'; object: number; page: number }
  | { do: 'congested'; object: number; congested: boolean };

export type PagerEvent =
  | { do: 'receive'; kernel: number; message: FromKernel }
  | { do: 'kernelDied'; kernel: number }
  | { do: 'readDone'; id: number; data: Uint8Array | 'unavailable' | 'error' }
  | { do: 'written'; id: number; ok: boolean }
  | { do: 'flushed'; job: number }
  | { do: 'sync' }
  | { do: 'change' }
  | { do: 'setAttributes'; mayCache: boolean };

/** `answer`: what the call of the machine answered: an object's or a job's number, or a code. */
export type Step<E> = { next: number; effects: readonly E[]; answer: number | string };

/** A page is one byte: the version of its contents. */
const TASK = 1;
const ADDRESS = 1;

/**
 * The shipped machines, each state kept once by a number. A machine does the same in the same state: so what it does is found out
 * once for each state and event, and then looked up.
 */
export class Machines {
  readonly vms = new Interned<State>();
  readonly masters = new Interned<MasterState>();
  readonly #kernelSteps = new Map<string, Step<Effect>>();
  readonly #pagerSteps = new Map<string, Step<PagerEffect>>();
  readonly #limits: VmLimits;
  readonly #replaced: Replaced;
  readonly #options: ConstructorParameters<typeof Master>[0];

  constructor({ pages, requests, readAhead, mayCache, readOnly }: Bounds, replaced: Replaced) {
    this.#limits = { ...DEFAULT_LIMITS, pageBytes: 1, objectBytes: pages, cachePages: pages * 4 };
    this.#replaced = { ...replaced, vm: { ...replaced.vm, rules: { maxRequests: requests, ...replaced.vm?.rules } } };
    this.#options = { pageSize: 1, size: pages, readAhead, mayCache, readOnly };
  }

  newKernel(): number {
    const state = new Vm(this.#limits).save();
    return this.vms.add(state);
  }

  newPager(): number {
    return this.masters.add(new Master(this.#options).snapshot());
  }

  /** `name` is the event's: equal for equal events. */
  kernel(vm: number, name: string, event: KernelEvent): Step<Effect> {
    const key = `${vm} ${name}`;
    let step = this.#kernelSteps.get(key);
    if (step === undefined) {
      const state = structuredClone(this.vms.get(vm));
      const machine = new Vm(this.#limits, this.#replaced.vm, state);
      const answer = this.#tell(machine, event);
      const effects = machine.takeEffects();
      step = { next: this.vms.add(forgetAges(state)), effects, answer };
      this.#kernelSteps.set(key, step);
    }
    return step;
  }

  pager(master: number, name: string, event: PagerEvent): Step<PagerEffect> {
    const key = `${master} ${name}`;
    let step = this.#pagerSteps.get(key);
    if (step === undefined) {
      const machine = new Master(this.#options, this.#replaced.master);
      machine.restore(this.masters.get(master));
      const answer = this.#tellPager(machine, event);
      const effects = machine.takeEffects();
      step = { next: this.masters.add(machine.state), effects, answer };
      this.#pagerSteps.set(key, step);
    }
    return step;
  }

  #tell(vm: Vm, event: KernelEvent): number | string {
    const { objectBytes } = this.#limits;
    if (event.do === 'create') return vm.createObject();
    if (event.do === 'map') {
      const placement = { address: ADDRESS, size: objectBytes, mask: 0, anywhere: false };
      const mapping = { ...placement, object: event.object, offset: 0, copy: false };
      return vm.map(TASK, 0, { ...mapping, protection: VM_PROT.READ | VM_PROT.WRITE, maximum: VM_PROT.ALL }).code;
    }
    if (event.do === 'unmap') return vm.deallocate(TASK, { address: ADDRESS, size: objectBytes }).code;
    if (event.do === 'access') {
      const range = { address: ADDRESS + event.page, size: 1 };
      return (event.write ? vm.write(TASK, event.call, range) : vm.read(TASK, event.call, range)).code;
    }
    if (event.do === 'receive') vm.receive(event.object, event.message);
    else if (event.do === 'pagerDied') vm.pagerDied(event.object);
    else if (event.do === 'revoked') vm.revoked(event.object, event.page, event.dirty);
    else if (event.do === 'evict') vm.evict(event.object, event.page);
    else vm.setCongested(event.object, event.congested);
    return 0;
  }

  #tellPager(master: Master, event: PagerEvent): number {
    if (event.do === 'sync') return master.sync();
    if (event.do === 'change') return master.change(0, this.#limits.objectBytes);
    if (event.do === 'setAttributes') return master.setAttributes(event.mayCache, 0);
    if (event.do === 'receive') master.receive(event.kernel, event.message);
    else if (event.do === 'kernelDied') master.kernelDied(event.kernel);
    else if (event.do === 'readDone') master.readDone(event.id, event.data);
    else if (event.do === 'written') master.written(event.id, event.ok);
    else master.flushed(event.job, true);
    return 0;
  }
}

/** There is always room here, so it makes no difference which page came first or was touched; and no number is used twice at once. */
function forgetAges(state: State): State {
  for (const object of state.objects.values()) {
    for (const record of object.pages.values()) if (record.state === 'resident') record.touched = false;
  }
  const { clean, dirty, stuck } = state.cache;
  Object.assign(state.cache, { clean: sorted(clean), dirty: sorted(dirty), stuck: sorted(stuck) });
  if (state.objects.size === 0) state.nextObject = 1;
  return state;
}

function sorted({ neighbours }: Queue): Queue {
  const queue = newQueue();
  for (const value of [...neighbours.keys()].toSorted((a, b) => a - b)) enqueue(queue, value);
  return queue;
}

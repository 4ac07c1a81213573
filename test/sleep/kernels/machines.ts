import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { SleepPlaces } from '../../../src/pager/sleep-places.ts';
import type { SleepEffect, SleepFromKernel, SleepState } from '../../../src/pager/sleep-state.ts';
import type { InterestRows } from '../../../src/sleep/index.ts';
import { type Effect, type FromPager, type State, Vm } from '../../../src/vm/index.ts';
import { VM_PROT } from '../../../src/wire/index.ts';
import { Interned } from '../../explorer/interned.ts';

export type Replaced = {
  vm?: ConstructorParameters<typeof Vm>[1];
  rows?: Partial<InterestRows>;
  /** A host that answers something else. */
  wakeupDone?: (woke: boolean, sleeps: boolean) => { woke: boolean; sleeps: boolean };
};

/** What can happen to a kernel's machine; it has one object, and one task that maps it. */
export type KernelEvent =
  | { do: 'map' }
  | { do: 'unmap' }
  | { do: 'receive'; message: FromPager }
  | { do: 'pagerDied' }
  | { do: 'congested'; is: boolean }
  | { do: 'listen' }
  | { do: 'ignore' }
  | { do: 'wakeup'; one: boolean }
  | { do: 'wakeupDone'; reqId: number; woke: boolean; sleeps: boolean };

export type PagerEvent =
  | { do: 'attach'; kernel: number }
  | { do: 'leave'; kernel: number }
  | { do: 'receive'; kernel: number; message: SleepFromKernel };

export type Step<E> = { next: number; effects: readonly E[]; answer: unknown };

/** What all sleep for. */
export const PLACE = { offset: 8, domain: 3 } as const;
const TASK = 1;
const PAGE = 4096;
const LIMITS = { ...DEFAULT_LIMITS, pageBytes: PAGE, objectBytes: PAGE };

/** The shipped machines, each state kept once by a number: what one does in a state is found out once, and then looked up. */
export class Machines {
  readonly vms = new Interned<State>();
  readonly pagers = new Interned<SleepState>();
  readonly #kernelSteps = new Map<string, Step<Effect>>();
  readonly #pagerSteps = new Map<string, Step<SleepEffect>>();
  readonly #replaced: Replaced;

  constructor(replaced: Replaced) {
    this.#replaced = replaced;
  }

  newKernel(): number {
    return this.vms.add(new Vm(LIMITS).save());
  }

  newPager(): number {
    return this.pagers.add(structuredClone(new SleepPlaces().state));
  }

  kernel(vm: number, event: KernelEvent): Step<Effect> {
    const key = `${vm} ${JSON.stringify(event)}`;
    let step = this.#kernelSteps.get(key);
    if (step === undefined) {
      const state = structuredClone(this.vms.get(vm));
      const machine = new Vm(LIMITS, this.#replaced.vm, state);
      const answer = tell(machine, [...state.objects.keys()][0] ?? 0, event);
      const effects = machine.takeEffects();
      step = { next: this.vms.add(forgetNumbers(state)), effects, answer };
      this.#kernelSteps.set(key, step);
    }
    return step;
  }

  pager(pager: number, event: PagerEvent): Step<SleepEffect> {
    const key = `${pager} ${JSON.stringify(event)}`;
    let step = this.#pagerSteps.get(key);
    if (step === undefined) {
      const state = structuredClone(this.pagers.get(pager));
      const machine = new SleepPlaces({}, this.#replaced.rows, state);
      if (event.do === 'attach') machine.attach(event.kernel);
      else if (event.do === 'leave') machine.leave(event.kernel);
      else machine.receive(event.kernel, event.message);
      const effects = machine.takeEffects();
      step = { next: this.pagers.add(forgetIds(state)), effects, answer: 0 };
      this.#pagerSteps.set(key, step);
    }
    return step;
  }

  /** Tasks can use the object. */
  isReady(vm: number): boolean {
    return [...this.vms.get(vm).objects.values()].some(({ status }) => status === 'ready');
  }

  /** Places that a kernel, and the pager, remember. */
  remembered(vm: number): number {
    return [...this.vms.get(vm).objects.values()].reduce((sum, { sleeps }) => sum + sleeps.places.size, 0);
  }
}

function tell(vm: Vm, known: number, event: KernelEvent): unknown {
  const { offset, domain } = PLACE;
  switch (event.do) {
    case 'map': {
      const object = vm.createObject();
      const mapping = { address: PAGE, size: PAGE, mask: 0, anywhere: false, object, offset: 0, copy: false };
      return vm.map(TASK, 0, { ...mapping, protection: VM_PROT.READ, maximum: VM_PROT.READ }).code;
    }
    case 'unmap':
      return vm.deallocate(TASK, { address: PAGE, size: PAGE }).code;
    case 'receive':
      return vm.receive(known, event.message);
    case 'pagerDied':
      return vm.pagerDied(known);
    case 'congested':
      return vm.setCongested(known, event.is);
    case 'listen':
      return vm.sleeps.listen(known, offset, domain);
    case 'ignore':
      return vm.sleeps.ignore(known, offset, domain);
    case 'wakeup':
      return vm.sleeps.wakeup(known, offset, domain, event.one);
    case 'wakeupDone':
      return vm.sleeps.wakeupDone(known, event.reqId, offset, domain, event.woke, event.sleeps);
  }
}

/** Only what is still out can be mistaken for what comes next. */
function forgetNumbers(state: State): State {
  for (const object of state.objects.values()) {
    const out = [...object.sleeps.places.values()].map(({ interest }) => (typeof interest === 'number' ? interest : 0));
    object.lastReqId = Math.max(0, ...out);
  }
  if (state.objects.size === 0) state.nextObject = 1;
  return state;
}

function forgetIds(state: SleepState): SleepState {
  const out = [...state.places.values()].flatMap(({ interest: { told, looking, waking } }) => [
    ...told.map(({ noting }) => noting),
    ...looking.map(({ id }) => id),
    ...waking.map(({ id }) => id),
  ]);
  state.lastId = Math.max(0, ...out);
  return state;
}

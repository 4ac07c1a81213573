import { expect } from 'vitest';
import type { SleepEffect } from '../../../src/vm/index.ts';
import { VM_PROT } from '../../../src/wire/index.ts';
import { Host, type Mapped, PAGE } from '../harness.ts';
import { scenario } from './scenario.ts';

// lwkt.md §2.1 and §2.6, over several kernels: what one of them says to the pager, and to the host that has its sleepers.

const A = 1;
const DOMAIN = 7;
const at = { offset: 4, domain: DOMAIN };

scenario('sleep: an address is a word of an object; what may not be read is none', () => {
  const { host, vm, object, address } = stage();
  expect(vm.sleeps.keyOf(A, address + PAGE)).toEqual({ object, offset: PAGE });
  for (const none of [address + 2, address + 64 * PAGE]) {
    expect(vm.sleeps.keyOf(A, none)).toBe('KERN_INVALID_ADDRESS');
  }
  vm.protect(A, { address, size: PAGE, setMaximum: false, protection: VM_PROT.NONE });
  expect([vm.sleeps.keyOf(A, address), host.take()]).toEqual(['KERN_INVALID_ADDRESS', []]);
});

scenario('sleep: the pager is asked once for all who prepare, and then no more', () => {
  const { host, vm, object, said, told } = stage();
  expect([listen(vm, object), listen(vm, object)]).toEqual(['asked', 'asked']);
  expect(said()).toEqual([{ kind: 'memory_object_interest', reqId: 1, ...at }]);
  // One that answers nothing does nothing.
  for (const reqId of [9, 1, 1]) {
    host.say(object, { kind: 'memory_object_interest_completed', reqId, ...at, code: 0 });
  }
  expect(told()).toEqual([{ type: 'listening', object, ...at, code: 0 }]);
  expect([listen(vm, object), vm.sleeps.listen(object, 4, DOMAIN + 1), vm.sleeps.listen(object, 8, DOMAIN)]).toEqual([
    0,
    'asked',
    'asked',
  ]);
});

scenario('sleep: what the pager refuses is told, and asked for anew', () => {
  const { host, vm, object, told, said } = stage();
  listen(vm, object);
  host.say(object, { kind: 'memory_object_interest_completed', reqId: 1, ...at, code: 'KERN_RESOURCE_SHORTAGE' });
  expect(told()).toEqual([{ type: 'listening', object, ...at, code: 'KERN_RESOURCE_SHORTAGE' }]);
  expect(listen(vm, object)).toBe('asked');
  expect(said().at(-1)).toMatchObject({ kind: 'memory_object_interest', reqId: 2 });
});

scenario('sleep: memory of the kernel’s own has no pager: nobody is asked, nobody is told, and its end is', () => {
  const host = new Host();
  const { told, said } = watch(host);
  const address = host.map(A, null);
  const { object } = host.vm.region(A, address) ?? { object: 0 };
  expect([listen(host.vm, object), wakeup(host.vm, object)]).toEqual([0, true]);
  host.vm.deallocate(A, { address, size: 16 * PAGE });
  expect([said(), told()]).toEqual([[], [{ type: 'sleepsOver', object }]]);
  expect(listen(host.vm, object)).toBe('KERN_MEMORY_ERROR');
});

scenario('sleep: a wakeup is told only while others have sleepers, which all here know before it is noted', () => {
  const { host, vm, object, said } = stage();
  const order: string[] = [];
  host.onEffect = (effect) => void order.push(effect.type === 'send' ? effect.message.kind : effect.type);
  expect([wakeup(vm, object), said()]).toEqual([true, []]);
  elsewhere(host, object, 5, true);
  expect(order).toEqual(['interest', 'memory_object_interest_noted']);
  expect([wakeup(vm, object), vm.sleeps.wakeup(object, 4, 0, false)]).toEqual([true, true]);
  expect(said()).toEqual([
    { kind: 'memory_object_interest_noted', reqId: 5, ...at },
    { kind: 'memory_object_wakeup', ...at, one: false },
  ]);
  elsewhere(host, object, 6, false);
  expect([wakeup(vm, object), said()]).toMatchObject([true, [{ kind: 'memory_object_interest_noted', reqId: 6 }]]);
});

scenario('sleep: who sleeps and is woken in turns asks once; a wakeup that finds nobody is the last', () => {
  const { host, vm, object, said, told } = stage();
  heard(host, object);
  said();
  told();
  for (let turn = 1; turn <= 20; turn += 1) {
    expect(listen(vm, object)).toBe(0);
    woken(host, object, turn, true);
    vm.sleeps.wakeupDone(object, turn, 4, DOMAIN, true, false);
    expect([told(), said()]).toEqual([
      [{ type: 'wokenElsewhere', object, ...at, one: true, reqId: turn }],
      [{ kind: 'memory_object_woken_completed', reqId: turn, ...at, woke: true, sleeps: true }],
    ]);
  }
  woken(host, object, 21, false);
  vm.sleeps.wakeupDone(object, 21, 4, DOMAIN, false, false);
  expect(said()).toEqual([{ kind: 'memory_object_woken_completed', reqId: 21, ...at, woke: false, sleeps: false }]);
  told();
  // One that has crossed this is answered by itself.
  woken(host, object, 22, false);
  expect([told(), said()]).toMatchObject([[], [{ reqId: 22, woke: false, sleeps: false }]]);
  expect(listen(vm, object)).toBe('asked');
});

scenario('sleep: who waits for the pager to hear of it is somebody, whatever the host has in its queue', () => {
  const { host, vm, object, said } = stage();
  listen(vm, object);
  woken(host, object, 3, false);
  vm.sleeps.wakeupDone(object, 3, 4, DOMAIN, false, false);
  expect(said().at(-1)).toMatchObject({ reqId: 3, woke: false, sleeps: true });
  host.say(object, { kind: 'memory_object_interest_completed', reqId: 1, ...at, code: 0 });
  expect(listen(vm, object)).toBe(0);
});

scenario('sleep: a host that expects nobody any more says so, and asks anew', () => {
  const { host, vm, object, said } = stage();
  vm.sleeps.ignore(object, 4, DOMAIN);
  listen(vm, object);
  vm.sleeps.ignore(object, 4, DOMAIN);
  expect(said()).toHaveLength(1);
  host.say(object, { kind: 'memory_object_interest_completed', reqId: 1, ...at, code: 0 });
  vm.sleeps.ignore(object, 4, DOMAIN);
  expect(said()).toEqual([{ kind: 'memory_object_woken_completed', reqId: 0, ...at, woke: false, sleeps: false }]);
  expect([host.vm.save().sleepPlaces, listen(vm, object)]).toEqual([0, 'asked']);
});

scenario('sleep: a pager that takes nothing is told no more wakeups, until it does', () => {
  const { host, vm, object, said, told } = stage();
  elsewhere(host, object, 5, true);
  vm.setCongested(object, true);
  said();
  told();
  expect([wakeup(vm, object), wakeup(vm, object), said()]).toEqual([false, false, []]);
  vm.setCongested(object, false);
  expect(told()).toEqual([{ type: 'wakeupRoom', object }]);
  expect([wakeup(vm, object), said()]).toMatchObject([true, [{ kind: 'memory_object_wakeup' }]]);
  vm.setCongested(object, true);
  vm.setCongested(object, false);
  expect(told()).toEqual([]);
});

scenario(
  'sleep: who unmaps the object hears no more, and says so before terminate; mapped again, all begins anew',
  () => {
    const { host, vm, object, address, said, told } = stage();
    heard(host, object);
    vm.sleeps.listen(object, 8, DOMAIN);
    elsewhere(host, object, 5, true);
    vm.setCongested(object, true);
    wakeup(vm, object);
    said();
    told();
    vm.deallocate(A, { address, size: 16 * PAGE });
    expect(told()).toEqual([
      { type: 'listening', object, offset: 8, domain: DOMAIN, code: 'KERN_INVALID_ADDRESS' },
      { type: 'wakeupRoom', object },
      { type: 'sleepsOver', object },
    ]);
    expect([said(), vm.save().sleepPlaces]).toMatchObject([[{ kind: 'memory_object_terminate' }], 0]);
    const again = stage(host);
    expect([wakeup(vm, again.object), listen(vm, again.object)]).toEqual([true, 'asked']);
  },
);

scenario('sleep: while the object ends nobody is heard of, and what its pager says goes nowhere', () => {
  const { host, vm, object, address, told } = stage();
  heard(host, object);
  host.read(A, address);
  host.supply(object, 0, [1, 2, 3, 4]);
  host.pin(object, 0);
  told();
  vm.deallocate(A, { address, size: 16 * PAGE });
  expect(told()).toEqual([{ type: 'sleepsOver', object }]);
  woken(host, object, 3, false);
  vm.sleeps.wakeupDone(object, 3, 4, DOMAIN, false, false);
  elsewhere(host, object, 4, true);
  expect([listen(vm, object), wakeup(vm, object), told()]).toEqual(['KERN_MEMORY_ERROR', true, []]);
  host.take();
  host.unpin(object, 0);
  expect(host.take()).toEqual(['terminate']);
});

for (const how of ['dies', 'destroys it'] as const) {
  scenario(`sleep: a pager that ${how}: all look for themselves, and nobody prepares any more`, () => {
    const { host, vm, object, said, told } = stage();
    heard(host, object);
    vm.sleeps.listen(object, 8, DOMAIN);
    elsewhere(host, object, 5, true);
    told();
    if (how === 'dies') vm.pagerDied(object);
    else vm.receive(object, { kind: 'memory_object_destroy', reason: 0 });
    const code = 'KERN_MEMORY_ERROR';
    const failed = { type: 'listening', object, offset: 8, domain: DOMAIN, code };
    expect(told()).toEqual([failed, { type: 'sleepsOver', object }]);
    said();
    expect([listen(vm, object), wakeup(vm, object), said()]).toEqual([code, true, []]);
  });
}

scenario('sleep: there is room for so many places; where others sleep behind that, all wakeups are told', () => {
  const { host, vm, object, said, told } = stage(new Host({ futexes: 2 }));
  expect([4, 8, 12].map((offset) => vm.sleeps.listen(object, offset, DOMAIN))).toEqual([
    'asked',
    'asked',
    'KERN_RESOURCE_SHORTAGE',
  ]);
  vm.sleeps.wakeup(object, 16, DOMAIN, true);
  for (const offset of [16, 24, 28]) {
    host.say(object, { kind: 'memory_object_interest_elsewhere', reqId: offset, offset, domain: DOMAIN, on: true });
  }
  expect(said().map((message) => ('reqId' in message ? message.reqId : 0))).toEqual([1, 2, 16, 24, 28]);
  // The host has nothing to remember of each.
  expect(told()).toEqual([{ type: 'interestEverywhere', object }]);
  for (const offset of [16, 20]) vm.sleeps.wakeup(object, offset, DOMAIN, true);
  expect(said()).toMatchObject([16, 20].map((offset) => ({ kind: 'memory_object_wakeup', offset, one: true })));
  expect(vm.save().sleepPlaces).toBe(2);
});

type Stage = Mapped & {
  host: Host;
  vm: Host['vm'];
  /** What has been sent since the last time, and what the host was told. */
  said: () => object[];
  told: () => SleepEffect[];
};

function stage(host = new Host()): Stage {
  const mapped = host.ready(A);
  host.take();
  return { ...mapped, host, vm: host.vm, ...watch(host) };
}

function watch(host: Host): Pick<Stage, 'said' | 'told'> {
  const effects: SleepEffect[] = [];
  host.onEffect = (effect) => {
    if (SLEEP.has(effect.type)) effects.push(effect as SleepEffect);
  };
  const settled = <T>(what: () => T): T => {
    host.settle();
    return what();
  };
  return {
    said: () => settled(() => host.takeSent().map(({ message }) => message)),
    told: () => settled(() => effects.splice(0)),
  };
}

const SLEEP: ReadonlySet<string> = new Set<SleepEffect['type']>([
  'listening',
  'wokenElsewhere',
  'interest',
  'interestEverywhere',
  'wakeupRoom',
  'sleepsOver',
]);

function listen(vm: Host['vm'], object: number): unknown {
  return vm.sleeps.listen(object, 4, DOMAIN);
}

function wakeup(vm: Host['vm'], object: number): boolean {
  return vm.sleeps.wakeup(object, 4, DOMAIN, false);
}

/** Wakeups of others reach this kernel. */
function heard(host: Host, object: number): void {
  listen(host.vm, object);
  host.say(object, { kind: 'memory_object_interest_completed', reqId: 1, ...at, code: 0 });
}

function elsewhere(host: Host, object: number, reqId: number, on: boolean): void {
  host.say(object, { kind: 'memory_object_interest_elsewhere', reqId, ...at, on });
}

function woken(host: Host, object: number, reqId: number, one: boolean): void {
  host.say(object, { kind: 'memory_object_woken', reqId, ...at, one });
}

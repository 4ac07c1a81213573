import { expect } from 'vitest';
import { VM_PROT } from '../../../src/wire/index.ts';
import type { Vm } from '../../../src/vm/index.ts';
import { Host, PAGE } from '../harness.ts';
import { scenario, scenarioFor } from './scenario.ts';

const TASK = 1;
const { READ, WRITE, ALL } = VM_PROT;
const MAPPING: Parameters<Vm['map']>[2] = {
  address: 0,
  size: PAGE,
  mask: 0,
  anywhere: true,
  object: null,
  offset: 0,
  copy: false,
  protection: ALL,
  maximum: ALL,
};

function map(host: Host, more: Partial<typeof MAPPING>): { code: string | 0; address: number } {
  return host.vm.map(TASK, 0, { ...MAPPING, ...more });
}

scenario('anywhere: the first place from the address on that is large enough, and never page 0', () => {
  const host = new Host();
  expect(map(host, { size: 1 })).toEqual({ code: 0, address: PAGE });
  expect(map(host, { address: 3 * PAGE, size: PAGE + 1 })).toEqual({ code: 0, address: 3 * PAGE });
  expect(map(host, { size: 2 * PAGE })).toEqual({ code: 0, address: 5 * PAGE });
  expect(map(host, { size: PAGE })).toEqual({ code: 0, address: 2 * PAGE });
  expect(map(host, { address: 4 * PAGE + 1, size: PAGE })).toEqual({ code: 0, address: 7 * PAGE });
  expect(map(host, { address: 2 ** 47 - PAGE, size: 2 * PAGE })).toEqual({ code: 'KERN_NO_SPACE', address: 0 });
  expect(map(host, { address: 2 ** 47 - PAGE, size: PAGE })).toEqual({ code: 0, address: 2 ** 47 - PAGE });
});

scenario('a mask of ones asks for an address with zeros there', () => {
  const host = new Host();
  expect(map(host, { size: PAGE, mask: 4 * PAGE - 1 })).toEqual({ code: 0, address: 4 * PAGE });
  expect(map(host, { size: PAGE, mask: 4 * PAGE - 1 })).toEqual({ code: 0, address: 8 * PAGE });
  expect(map(host, { mask: 2 * PAGE })).toEqual({ code: 'KERN_INVALID_ARGUMENT', address: 0 });
  const fixed = { anywhere: false, mask: 4 * PAGE - 1 };
  expect(map(host, { ...fixed, address: 6 * PAGE })).toEqual({ code: 'KERN_NO_SPACE', address: 0 });
});

scenarioFor(
  [
    ['no size', { size: 0 }, 'KERN_INVALID_ARGUMENT'],
    ['an address that is not aligned', { anywhere: false, address: PAGE + 1 }, 'KERN_INVALID_ARGUMENT'],
    ['an address that is taken', { anywhere: false, address: PAGE }, 'KERN_NO_SPACE'],
    ['page 0', { anywhere: false, address: 0 }, 'KERN_NO_SPACE'],
    ['beyond the end', { anywhere: false, address: 2 ** 47 }, 'KERN_NO_SPACE'],
    ['an address that is no number', { address: Number.NaN }, 'KERN_INVALID_ARGUMENT'],
    ['more than an object can have', { size: 4097 * PAGE }, 'KERN_INVALID_ARGUMENT'],
    ['an object that is not there', { object: 99 }, 'KERN_INVALID_ARGUMENT'],
    ['protection beyond the maximum', { protection: WRITE, maximum: READ }, 'KERN_INVALID_ARGUMENT'],
    ['protection that is none', { protection: 8, maximum: 8 }, 'KERN_INVALID_ARGUMENT'],
  ] as const,
  '%s is refused, and changes nothing',
  (_what, wrong, code) => {
    const host = new Host();
    map(host, {});
    const before = host.vm.inspect();
    expect(map(host, wrong)).toEqual({ code, address: 0 });
    expect(host.vm.inspect()).toEqual(before);
  },
);

scenario('an offset must be a page’s, and end within the object', () => {
  const host = new Host();
  for (const [offset, code] of [
    [1, 'KERN_INVALID_ARGUMENT'],
    [4096 * PAGE, 'KERN_INVALID_ARGUMENT'],
    [-PAGE, 'KERN_INVALID_ARGUMENT'],
    [4095 * PAGE, 0],
  ] as const) {
    const { call } = host.tryMap(TASK, host.vm.createObject(), { pages: 1, offset });
    expect(host.code(call)).toBe(code);
  }
});

scenario('an access is checked in full before any of it is done', () => {
  const host = new Host();
  const { object } = host.ready(TASK, { pages: 2 });
  const readable = host.map(TASK, object, { pages: 1, protection: READ });
  expect(readable).toBe(3 * PAGE);
  host.take();
  expect(host.code(host.read(TASK, PAGE, 4 * PAGE))).toBe('KERN_INVALID_ADDRESS');
  expect(host.code(host.read(TASK, 0, 1))).toBe('KERN_INVALID_ADDRESS');
  expect(host.code(host.read(9, PAGE, 1))).toBe('KERN_INVALID_ADDRESS');
  expect(host.code(host.write(TASK, 3 * PAGE - 1, [1, 2]))).toBe('KERN_PROTECTION_FAILURE');
  expect(host.vm.read(TASK, 0, { address: -1, size: 1 })).toEqual({ code: 'KERN_INVALID_ADDRESS' });
  expect(host.vm.read(TASK, 0, { address: 99 * PAGE, size: 0 })).toEqual({ code: 0 });
  expect(host.take()).toEqual([]);
  expect(host.code(host.read(TASK, 3 * PAGE - 1, 2))).toBe('waiting');
  expect(host.take()).toEqual(['data_request', 'data_request']);
});

scenario('deallocate cuts regions in pieces, and does not mind holes', () => {
  const host = new Host();
  const { object, address, page } = host.ready(TASK, { pages: 8 });
  host.supply(
    object,
    0,
    Array.from({ length: 8 * PAGE }, (_, index) => Math.floor(index / PAGE)),
  );
  expect(host.vm.deallocate(TASK, { address: page(2) + 1, size: PAGE })).toEqual({ code: 0 });
  expect(host.vm.deallocate(TASK, { address: page(5), size: 1 })).toEqual({ code: 0 });
  expect(regions(host)).toEqual([
    [page(0), 2 * PAGE, 0],
    [page(4), PAGE, 4 * PAGE],
    [page(6), 2 * PAGE, 6 * PAGE],
  ]);
  expect(host.call(host.read(TASK, page(6))).bytes).toEqual([6]);
  expect(host.vm.region(TASK, page(2))).toMatchObject({ address: page(4), object, offset: 4 * PAGE });
  expect(host.vm.inspect().objects).toMatchObject([{ mapped: 3 }]);
  expect(host.vm.deallocate(TASK, { address, size: 100 * PAGE })).toEqual({ code: 0 });
  expect(host.vm.deallocate(TASK, { address: 0, size: 0 })).toEqual({ code: 0 });
  expect(host.vm.deallocate(TASK, { address: -1, size: 1 })).toEqual({ code: 'KERN_INVALID_ARGUMENT' });
  host.settle();
  expect(host.forgotten).toEqual([object]);
  expect(host.vm.inspect().tasks).toEqual([]);
});

scenario('protect cuts, lowers for good with setMaximum, and is refused over a hole', () => {
  const host = new Host();
  const address = host.map(TASK, null, { pages: 4 });
  const second = { address: address + PAGE, size: PAGE };
  expect(host.vm.protect(TASK, { ...second, setMaximum: false, protection: READ })).toEqual({ code: 0 });
  expect(host.vm.region(TASK, second.address)).toMatchObject({ ...second, protection: READ, maximum: ALL });
  expect(host.code(host.write(TASK, second.address, [1]))).toBe('KERN_PROTECTION_FAILURE');
  expect(host.vm.protect(TASK, { ...second, setMaximum: false, protection: ALL })).toEqual({ code: 0 });
  expect(host.vm.protect(TASK, { ...second, setMaximum: true, protection: READ | WRITE })).toEqual({ code: 0 });
  expect(host.vm.region(TASK, second.address)).toMatchObject({ protection: READ | WRITE, maximum: READ | WRITE });
  const whole = { address, size: 4 * PAGE, setMaximum: false };
  expect(host.vm.protect(TASK, { ...whole, protection: ALL })).toEqual({ code: 'KERN_PROTECTION_FAILURE' });
  expect(host.vm.protect(TASK, { ...whole, size: 5 * PAGE, protection: READ })).toEqual({
    code: 'KERN_INVALID_ADDRESS',
  });
  expect(host.vm.protect(TASK, { ...whole, protection: 8 })).toEqual({ code: 'KERN_INVALID_ARGUMENT' });
  expect(host.vm.region(TASK, address)).toMatchObject({ protection: ALL });
});

scenario('a call that waits for what its task unmaps or protects meanwhile ends so', () => {
  const host = new Host();
  const { object, page } = host.ready(TASK);
  const [read, write] = [host.read(TASK, page(1), 2 * PAGE), host.write(TASK, page(3), [1])];
  const untouched = host.read(TASK, page(5));
  host.vm.deallocate(TASK, { address: page(2), size: PAGE });
  host.vm.protect(TASK, { address: page(3), size: PAGE, setMaximum: false, protection: READ });
  host.settle();
  expect([read, write, untouched].map((call) => host.code(call))).toEqual([
    'KERN_INVALID_ADDRESS',
    'KERN_PROTECTION_FAILURE',
    'waiting',
  ]);
  host.supply(object, 1, Array(5 * PAGE).fill(7));
  expect(host.code(untouched)).toBe(0);
});

scenario('limits: bytes and regions of a task', () => {
  const bytes = new Host({ mappedBytesPerTask: 4 * PAGE });
  expect(map(bytes, { size: 3 * PAGE }).code).toBe(0);
  expect(map(bytes, { size: 2 * PAGE }).code).toBe('KERN_RESOURCE_SHORTAGE');
  expect(map(bytes, { size: PAGE }).code).toBe(0);

  const host = new Host({ regionsPerTask: 2 });
  const address = host.map(TASK, null, { pages: 4 });
  const inside = { address: address + PAGE, size: PAGE };
  const protect = { setMaximum: false, protection: READ };
  expect(host.vm.protect(TASK, { ...inside, ...protect }).code).toBe('KERN_RESOURCE_SHORTAGE');
  expect(host.vm.protect(TASK, { address, size: PAGE, ...protect }).code).toBe(0);
  expect(map(host, {}).code).toBe('KERN_RESOURCE_SHORTAGE');
  expect(host.vm.deallocate(TASK, { address: address + 2 * PAGE, size: PAGE }).code).toBe('KERN_RESOURCE_SHORTAGE');
  expect(host.vm.deallocate(TASK, { address: address + 3 * PAGE, size: PAGE }).code).toBe(0);
  expect(regions(host)).toEqual([
    [address, PAGE, 0],
    [address + PAGE, 2 * PAGE, PAGE],
  ]);
});

function regions(host: Host): number[][] {
  return host.vm
    .inspect()
    .tasks.flatMap((task) => task.regions.map(({ address, size, offset }) => [address, size, offset]));
}

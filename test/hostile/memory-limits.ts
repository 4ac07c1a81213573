import { expect } from 'vitest';
import { Memory } from '../../src/broker/memory/memory.ts';
import { make, serveXp, type Task } from '../../src/task/index.ts';
import { rejection } from '../support/rejection.ts';
import type { Arena } from './arena.ts';
import type { Rows } from './row.ts';

const PAGE = 4096;

/** What tasks map, and how long they wait for pagers. */
export const MEMORY_LIMITS: Rows<
  | 'pageBytes'
  | 'objectBytes'
  | 'cachePages'
  | 'objects'
  | 'mappedBytesPerTask'
  | 'regionsPerTask'
  | 'vmCalls'
  | 'faultTimeoutMs'
  | 'futexes'
  | 'futexesPerTask'
  | 'idents'
  | 'sleepers'
> = {
  pageBytes: {
    limits: { pageBytes: 4 * PAGE },
    meets: 'KERN_INVALID_ARGUMENT',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const region = await flooder.vm.allocate(1);
        expect([region.size, region.pageSize]).toEqual([4 * PAGE, 4 * PAGE]);
        const object = flooder.allocate({ label: 'object' });
        using right = make.send(object);
        for (const offset of [PAGE, 1]) {
          expect((await rejection(flooder.vm.map(right, { size: PAGE, offset })))['code']).toBe(
            'KERN_INVALID_ARGUMENT',
          );
        }
        object.destroy();
      }),
  },

  objectBytes: {
    limits: { objectBytes: 8 * PAGE },
    meets: 'KERN_INVALID_ARGUMENT',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const object = flooder.allocate({ label: 'object' });
        using right = make.send(object);
        for (const [offset, size] of [
          [0, 9 * PAGE],
          [8 * PAGE, 1],
          [Number.MAX_SAFE_INTEGER - PAGE + 1, PAGE],
        ] as const) {
          expect((await rejection(flooder.vm.map(right, { size, offset })))['code']).toBe('KERN_INVALID_ARGUMENT');
        }
        await flooder.vm.map(right, { offset: 7 * PAGE, size: PAGE });
        object.destroy();
      }),
  },

  futexes: {
    limits: { futexes: 3 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const { address } = await flooder.vm.allocate(PAGE);
        const lock = async (index: number): Promise<unknown> =>
          (await flooder.traps.vm_futex_lock(address + 4 * index, 0, 0)).code;
        expect([await lock(0), await lock(1), await lock(2)]).toEqual([0, 0, 0]);
        expect(await lock(3)).toBe('KERN_RESOURCE_SHORTAGE');
        // What nobody uses goes.
        expect((await flooder.traps.vm_futex_unlock(address + 4, 0)).code).toBe(0);
        expect(await lock(3)).toBe(0);
      }),
  },

  futexesPerTask: {
    limits: { futexesPerTask: 3, futexes: 6 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const region = await flooder.vm.allocate(PAGE);
        const futexes = Array.from({ length: 7 }, (_, i) => region.futex(4 * i));
        const guards = [];
        for (const futex of futexes.slice(0, 3)) guards.push(await futex.lock());
        const refused = await rejection(futexes[3]?.lock());
        expect(refused['code']).toBe('KERN_RESOURCE_SHORTAGE');
        expect(refused.message).toContain('futexesPerTask');
        // It waits for none either, nor sleeps; those that it has are as they were, and there is room for others.
        expect((await rejection(futexes[4]?.wait(0)))['code']).toBe('KERN_RESOURCE_SHORTAGE');
        expect((await rejection(futexes[0]?.lock()))['code']).toBe('EDEADLK');
        const other = await arena.bystanders.client.vm.allocate(PAGE);
        const theirs = [];
        for (const offset of [0, 4, 8]) theirs.push(await other.futex(offset).lock());
        // What nobody uses makes room.
        await guards[1]?.unlock();
        guards[1] = await futexes[3]?.lock();
        for (const guard of [...guards, ...theirs]) await guard?.unlock();
        await other.unmap();
      }),
  },

  idents: {
    limits: { idents: 2 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const region = await flooder.vm.allocate(PAGE);
        const idents = [0, 4, 8].map((offset) => region.ident(offset));
        for (const ident of idents.slice(0, 2)) (await ident.enter(0, () => undefined)).remove();
        expect((await rejection(idents[2]?.enter(0, () => undefined))).message).toContain('idents');
        // What it knows already it can go on with, and what it gives up makes room.
        (await idents[1]?.enter(0, () => undefined))?.remove();
        idents[0]?.[Symbol.dispose]();
        (await idents[2]?.enter(0, () => undefined))?.remove();
        await region.unmap();
      }),
  },

  sleepers: {
    limits: { sleepers: 2 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const region = await flooder.vm.allocate(PAGE);
        const ident = region.ident(0);
        const [first] = [await ident.enter(0, () => undefined), await ident.enter(0, () => undefined)];
        expect((await rejection(ident.enter(0, () => undefined))).message).toContain('sleepers');
        first.remove();
        await ident.enter(0, () => undefined);
        await region.unmap();
      }),
  },

  objects: {
    limits: { objects: 5 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const regions = [];
        for (let i = 0; i < 4; i += 1) regions.push(await flooder.vm.allocate(PAGE));
        const object = flooder.allocate({ label: 'object' });
        using right = make.send(object);
        await flooder.vm.map(right, { size: PAGE });
        const failure = await rejection(flooder.vm.allocate(PAGE));
        expect(failure['code']).toBe('KERN_RESOURCE_SHORTAGE');
        expect(failure.message).toContain('objects');
        // More of what is mapped already takes nothing.
        await flooder.vm.map(right, { size: PAGE });
        await regions[0]?.unmap();
        const next = await flooder.vm.allocate(PAGE);
        await next.write(0, new Uint8Array(PAGE));
        object.destroy();
      }),
  },

  cachePages: {
    limits: { cachePages: 8 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        // Without a default pager there is nowhere to put what was written.
        const region = await flooder.vm.allocate(32 * PAGE);
        let written = 0;
        const failure = await rejection(
          (async () => {
            for (; written < 32; written += 1) await region.write(written * PAGE, new Uint8Array(PAGE).fill(1));
          })(),
        );
        expect(failure['code']).toBe('KERN_RESOURCE_SHORTAGE');
        expect(failure.message).toContain('cachePages');
        expect(written).toBeLessThanOrEqual(8);
        for (let page = 0; page < written; page += 1) expect((await region.read(page * PAGE, 1))[0]).toBe(1);
        await region.unmap();
        const next = await flooder.vm.allocate(PAGE);
        await next.write(0, new Uint8Array(PAGE));
      }),
  },

  mappedBytesPerTask: {
    limits: { mappedBytesPerTask: 8 * PAGE },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const region = await flooder.vm.allocate(6 * PAGE);
        const failure = await rejection(flooder.vm.allocate(3 * PAGE));
        expect(failure['code']).toBe('KERN_RESOURCE_SHORTAGE');
        expect(failure.message).toContain('mappedBytesPerTask');
        await region.unmap();
        await flooder.vm.allocate(8 * PAGE);
      }),
  },

  regionsPerTask: {
    limits: { regionsPerTask: 5 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const regions = [];
        for (let i = 0; i < 5; i += 1) regions.push(await flooder.vm.allocate(4 * PAGE));
        expect((await rejection(flooder.vm.allocate(PAGE)))['code']).toBe('KERN_RESOURCE_SHORTAGE');
        // Nor does cutting one in pieces make more of them.
        const middle = (regions[0]?.address ?? 0) + PAGE;
        expect((await flooder.traps.vm_protect(middle, PAGE, false, 1)).code).toBe('KERN_RESOURCE_SHORTAGE');
        await regions[1]?.unmap();
        await flooder.vm.allocate(PAGE);
      }),
  },

  vmCalls: {
    limits: { vmCalls: 10, queuedBytesPerTask: 1024 * 1024 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const object = flooder.allocate({ label: 'object that never answers', qlimit: 1024 });
        serveXp(object, ({ rights }) => rights.forEach((right) => right.deallocate()));
        using right = make.send(object);
        const region = await flooder.vm.map(right, { size: 1024 * PAGE });
        const stops = Array.from({ length: 30 }, () => new AbortController());
        const reads = stops.map(({ signal }) => rejection(region.read(0, 1, { signal })));
        const one = await Promise.race(reads);
        expect(one['code']).toBe('KERN_RESOURCE_SHORTAGE');
        expect(one.message).toContain('vmCalls');
        for (const stop of stops) stop.abort();
        const codes = (await Promise.all(reads)).map((error) => error['code']);
        expect(codes.filter((code) => code === 'KERN_ABORTED')).toHaveLength(10);
        const writes = [1, 2, 3].map(() => flooder.traps.vm_write(region.address, new Uint8Array(600_000)));
        expect((await Promise.race(writes)).code).toBe('KERN_RESOURCE_SHORTAGE');
        await region.unmap();
        expect(
          (await Promise.all(writes)).map(({ code }) => String(code)).toSorted((a, b) => a.localeCompare(b)),
        ).toEqual(['KERN_INVALID_ADDRESS', 'KERN_RESOURCE_SHORTAGE', 'KERN_RESOURCE_SHORTAGE']);
        object.destroy();
      }),
  },

  faultTimeoutMs: {
    limits: { faultTimeoutMs: 50 },
    meets: 'KERN_MEMORY_ERROR',
    attack: (arena) =>
      withMemory(arena, async (flooder) => {
        const object = flooder.allocate({ label: 'object that never answers', qlimit: 1024 });
        serveXp(object, ({ rights }) => rights.forEach((right) => right.deallocate()));
        using right = make.send(object);
        const region = await flooder.vm.map(right, { size: PAGE });
        expect((await rejection(region.read(0, 1)))['code']).toBe('KERN_MEMORY_ERROR');
        await region.unmap();
        object.destroy();
      }),
  },
};

/** The arena's broker gets memory, and a task that makes bad use of it. */
async function withMemory(arena: Arena, attack: (flooder: Task) => Promise<void>): Promise<void> {
  const { rig } = arena;
  const own = await rig.task('broker');
  rig.broker.memory = new Memory(rig.broker, own);
  const flooder = await rig.task('flooder');
  await attack(flooder);
  await flooder.dispose();
  await own.dispose();
}

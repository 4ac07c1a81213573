import { readFileSync } from 'node:fs';
import { DISP, make, type Region, type SendRight } from 'easync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isMapped } from '../../os/forms.ts';
import { isRunning } from '../../support/processes.ts';
import { rejection } from '../../support/rejection.ts';
import { until } from '../../support/until.ts';
import { MemoryLab, type Native } from './lab.ts';
import { PAGE, type RawPager } from './raw-pager.ts';

const NATIVES = ['with koffi', 'without koffi'] as const;
/** Fewer than the largest object here has. */
const CACHE_PAGES = 8;

/** What a user of regions can count on, whoever has koffi: this process, which has it or not, and brokers of either kind. */
export function testRegions(here: Native): void {
  describe.each(NATIVES)('a broker %s', (broker) => {
    const other = here === 'with koffi' ? 'without koffi' : 'with koffi';
    let lab: MemoryLab;
    // Of brokers that other files of tests had.
    const others = new Set(memoryMapped());
    const mappingsOfMemory = (): number => memoryMapped().filter((inode) => !others.has(inode)).length;
    beforeAll(async () => void (lab = await MemoryLab.start({ broker, other }, { cachePages: CACHE_PAGES })));
    afterAll(() => lab[Symbol.asyncDispose]());

    test('what is written is read, at once where it is here', async () => {
      const region = await lab.system.task.vm.allocate(2 * PAGE + 1);
      expect([region.size, region.pageSize, region.offset, region.isDirect]).toEqual([3 * PAGE, PAGE, 0, true]);
      const first = region.read(10, 3);
      expect(first).toBeInstanceOf(Promise);
      expect(await first).toEqual(Uint8Array.of(0, 0, 0));
      expect(region.read(10, 3)).toEqual(Uint8Array.of(0, 0, 0));
      await region.write(10, Uint8Array.of(1, 2, 3));
      expect(region.write(12, Uint8Array.of(4))).toBeUndefined();
      const target = Uint8Array.of(9, 9, 9, 9, 9);
      expect(region.readInto(10, target.subarray(1, 4))).toBeUndefined();
      expect(target).toEqual(Uint8Array.of(9, 1, 2, 4, 9));
      // Whatever changes in the task's map: it is looked at again, once.
      await (await lab.system.task.vm.allocate(1)).unmap();
      expect([...(await region.read(10, 1))]).toEqual([1]);
      expect(region.read(10, 1)).toEqual(Uint8Array.of(1));
      expect(mappingsOfMemory() > 0).toBe(here === 'with koffi' && broker === 'with koffi' && isMapped);
      await region.unmap();
      expect(mappingsOfMemory()).toBe(0);
    });

    test('across the borders of pages, those that are here and those that are not', async () => {
      await using mapped = await onObject(lab, 4);
      const { region, pager } = mapped;
      const bytes = Uint8Array.from({ length: 2 * PAGE + 200 }, (_, i) => i % 251);
      await region.write(PAGE - 100, bytes);
      expect(region.read(PAGE - 100, bytes.length)).toEqual(bytes);
      await pager.lock({ offset: 2 * PAGE });
      const read = region.read(PAGE - 100, bytes.length);
      expect(read).toBeInstanceOf(Promise);
      expect(await read).toEqual(bytes);
      await pager.lock({ offset: PAGE });
      await region.write(PAGE - 1, Uint8Array.of(7, 7));
      expect([...(await region.read(PAGE - 2, 4))]).toEqual([bytes[98], 7, 7, bytes[101]]);
    });

    test('what is written to a page that was only read goes back, and so it does after that', async () => {
      await using mapped = await onObject(lab, 1);
      const { region, pager } = mapped;
      await region.read(0, 1);
      for (const [value, shouldFlush] of [
        [1, false],
        [2, false],
        [3, true],
      ] as const) {
        await region.write(0, Uint8Array.of(value));
        expect(region.write(1, Uint8Array.of(value))).toBeUndefined();
        await pager.lock({ offset: 0, shouldFlush });
        expect(pager.store.get(0)?.subarray(0, 3)).toEqual(Buffer.of(value, value, 0));
      }
      await region.read(0, 1);
      pager.store.clear();
      await pager.lock({ offset: 0 });
      expect(pager.store.size).toBe(0);
    });

    test('two processes see what the other writes, the whole object or a part of it', async () => {
      await using mapped = await onObject(lab, 4);
      const { region, pager } = mapped;
      expect(await lab.other.ask('map', pager.name, { size: 2 * PAGE, offset: PAGE })).toMatchObject({
        isDirect: true,
      });
      await region.write(2 * PAGE - 2, Uint8Array.of(1, 2, 3, 4));
      expect(await lab.other.ask('read', PAGE - 3, 6)).toEqual([0, 1, 2, 3, 4, 0]);
      for (let value = 1; value <= 10; value += 1) {
        await lab.other.ask('fill', PAGE - value, 2 * value, value);
        expect([...(await region.read(2 * PAGE - value, 2 * value))]).toEqual(Array(2 * value).fill(value));
      }
      expect(region.read(2 * PAGE, 1)).toEqual(Uint8Array.of(10));
      await lab.other.ask('unmap');
    });

    test('of one object more than the cache has room for', async () => {
      const pages = 3 * CACHE_PAGES;
      await using mapped = await onObject(lab, pages);
      const { region, pager } = mapped;
      await lab.other.ask('map', pager.name, { size: pages * PAGE });
      for (let page = 0; page < pages; page += 1) {
        await region.write(page * PAGE + 100, Uint8Array.of(page + 1));
        await lab.other.ask('fill', page * PAGE + 200, 2, page + 2);
      }
      for (let page = 0; page < pages; page += 1) {
        expect([...(await region.read(page * PAGE + 199, 3))]).toEqual([0, page + 2, page + 2]);
        expect(await lab.other.ask('read', page * PAGE + 99, 3)).toEqual([0, page + 1, 0]);
      }
      await lab.other.ask('unmap');
    });

    test('a protection holds for its own task, and at most what was mapped', async () => {
      await using mapped = await onObject(lab, 2);
      const { region, pager } = mapped;
      await lab.other.ask('map', pager.name, { size: 2 * PAGE, protection: 'r' });
      await region.write(0, Uint8Array.of(1));
      expect(await lab.other.ask('read', 0, 1)).toEqual([1]);
      expect(await lab.other.ask('fill', 0, 1, 2)).toBe('KERN_PROTECTION_FAILURE');
      expect(await lab.other.ask('protect', 'rw')).toBe('KERN_PROTECTION_FAILURE');
      await region.protect('r');
      expect(region.read(0, 1)).toEqual(Uint8Array.of(1));
      expect(await rejection(region.write(0, Uint8Array.of(2)))).toMatchObject({ code: 'KERN_PROTECTION_FAILURE' });
      await region.protect('none');
      expect(await rejection(region.read(0, 1))).toMatchObject({ code: 'KERN_PROTECTION_FAILURE' });
      expect(await lab.other.ask('read', 0, 1)).toEqual([1]);
      await region.protect('rw');
      await region.write(0, Uint8Array.of(3));
      expect(await lab.other.ask('read', 0, 1)).toEqual([3]);
      await lab.other.ask('unmap');
    });

    test('a copy is as the object was, for good', async () => {
      await using mapped = await onObject(lab, 2);
      const { region, pager } = mapped;
      await region.write(0, Uint8Array.of(1, 1));
      pager.store.set(1, Buffer.alloc(PAGE, 5));
      using object = pager.right();
      await using copied = await lab.system.task.vm.map(object, { size: 2 * PAGE, copy: true });
      await lab.other.ask('map', pager.name, { size: 2 * PAGE });
      await lab.other.ask('fill', 0, 1, 2);
      await lab.other.ask('fill', PAGE, 1, 2);
      expect([...(await copied.read(0, 3))]).toEqual([1, 1, 0]);
      expect([...(await copied.read(PAGE, 2))]).toEqual([5, 5]);
      await copied.write(1, Uint8Array.of(9));
      expect([...(await region.read(0, 3))]).toEqual([2, 1, 0]);
      expect(await lab.other.ask('read', 0, 3)).toEqual([2, 1, 0]);
      await lab.other.ask('unmap');
    });

    test('unmapped by one, and still there for the other; the last takes the bytes back', async () => {
      const pager = await lab.pager();
      using object = pager.right();
      const region = await lab.system.task.vm.map(object, { size: 2 * PAGE });
      await lab.other.ask('map', pager.name, { size: 2 * PAGE });
      await region.write(0, Uint8Array.of(1));
      await lab.other.ask('read', 0, 1);
      const { address } = region;
      await region.unmap();
      await region.unmap();
      expect(await rejection((async () => region.read(0, 1))())).toMatchObject({ code: 'ERELEASED' });
      expect(await rejection(lab.system.task.vm.region(address))).toMatchObject({ code: 'KERN_INVALID_ADDRESS' });
      expect(await lab.other.ask('read', 0, 1)).toEqual([1]);
      await lab.other.ask('fill', 1, 1, 2);
      expect(pager.isTerminated).toBe(false);
      await lab.other.ask('unmap');
      await until(() => pager.isTerminated);
      expect(pager.store.get(0)?.subarray(0, 3)).toEqual(Buffer.of(1, 2, 0));
      pager.stop();
    });

    test('who holds a task’s port maps, writes and unmaps for it', async () => {
      const { task, names } = lab.system;
      await using mapped = await onObject(lab, 4);
      const { region, pager } = mapped;
      using mail = task.allocate();
      await names.register({ name: 'mail', port: make.send(mail) });
      await lab.other.ask('lend', 'mail');
      using right = (await mail.receive()).body as SendRight;
      const theirs = task.traps.on(right.name);
      using object = pager.right();
      const spec = { size: 2 * PAGE, offset: PAGE, protection: 3, object: object.name, disp: DISP.MAKE_SEND };
      const { code, address } = await theirs.vm_map(spec);
      expect(code).toBe(0);
      expect(await lab.other.ask('find', address + PAGE)).toEqual({ size: 2 * PAGE, offset: PAGE });
      await region.write(PAGE, Uint8Array.of(1));
      expect(await lab.other.ask('read', 0, 1)).toEqual([1]);
      expect(await theirs.vm_write(address, Uint8Array.of(2))).toEqual({ code: 0 });
      expect(await lab.other.ask('read', 0, 1)).toEqual([2]);
      await lab.other.ask('fill', 0, 1, 3);
      expect(await theirs.vm_read(address, 1)).toMatchObject({ code: 0, data: Buffer.of(3) });
      expect(region.read(PAGE, 1)).toEqual(Uint8Array.of(3));
      // Whatever it remembers of its region, from now on it is as its holder says.
      await theirs.vm_protect(address, PAGE, false, 1);
      expect(await lab.other.ask('fill', 0, 1, 4)).toBe('KERN_PROTECTION_FAILURE');
      expect(await lab.other.ask('read', 0, 1)).toEqual([3]);
      await theirs.vm_deallocate(address, 2 * PAGE);
      expect(await lab.other.ask('read', 0, 1)).toBe('KERN_INVALID_ADDRESS');
      expect(region.read(PAGE, 1)).toEqual(Uint8Array.of(3));
    });

    test('a peer that makes the memory shorter cannot, or harms nobody but those that it could write for', async () => {
      await using mapped = await onObject(lab, 4);
      const { region, pager } = mapped;
      await using another = await onObject(lab, 1);
      await lab.other.ask('map', pager.name, { size: 4 * PAGE });
      await region.write(3 * PAGE, Uint8Array.of(1));
      await another.region.write(0, Uint8Array.of(2));
      const isSealed = broker === 'with koffi' && isMapped;
      expect(await lab.other.ask('truncate', PAGE)).toBe(isSealed ? 'EPERM' : undefined);
      expect([...(await region.read(3 * PAGE, 1))]).toEqual([isSealed ? 1 : 0]);
      await region.write(2 * PAGE, Uint8Array.of(3));
      expect(await lab.other.ask('read', 2 * PAGE, 1)).toEqual([3]);
      await lab.other.ask('truncate', PAGE);
      await pager.lock({ offset: 0, length: 4 * PAGE });
      expect(await lab.other.ask('read', 3 * PAGE - 1, 1)).toEqual([0]);
      expect(another.region.read(0, 1)).toEqual(Uint8Array.of(2));
      await lab.other.ask('unmap');
    });

    describe('a task that stops in the middle of a write', () => {
      test('keeps the page until it is dead, and its bytes are not lost', async () => {
        await using mapped = await onObject(lab, 2);
        const { region, pager } = mapped;
        await region.write(0, Uint8Array.of(1));
        await using victim = await begun(lab, pager, 7);
        victim.kill('SIGSTOP');
        const taken = await neverTaken(lab, pager, region);
        victim.kill('SIGKILL');
        await until(() => pager.isDone(taken));
        expect(pager.store.get(0)?.subarray(0, 2)).toEqual(Buffer.of(7, 7));
        expect([...(await region.read(PAGE / 2 - 1, 2))]).toEqual([7, 0]);
      });

      test('and leaves its broker, too', async () => {
        await using mapped = await onObject(lab, 2);
        const { region, pager } = mapped;
        await region.write(0, Uint8Array.of(1));
        await using victim = await begun(lab, pager, 8);
        await victim.ask('leave');
        const taken = await neverTaken(lab, pager, region);
        expect(isRunning(victim.pid)).toBe(true);
        victim.kill('SIGKILL');
        await until(() => pager.isDone(taken));
        expect(pager.store.get(0)?.subarray(0, 2)).toEqual(Buffer.of(8, 8));
      });
    });
  });
}

type Mapped = AsyncDisposable & { pager: RawPager; region: Region };

async function onObject(lab: MemoryLab, pages: number): Promise<Mapped> {
  const pager = await lab.pager();
  using object = pager.right();
  const region = await lab.system.task.vm.map(object, { size: pages * PAGE });
  return {
    pager,
    region,
    async [Symbol.asyncDispose]() {
      await region.unmap();
      pager.stop();
    },
  };
}

/** A process that has begun to write to page 0. */
async function begun(
  lab: MemoryLab,
  pager: RawPager,
  value: number,
): Promise<Awaited<ReturnType<MemoryLab['victim']>>> {
  const victim = await lab.victim();
  await victim.ask('map', pager.name, { size: 2 * PAGE });
  await victim.ask('read', 0, 1);
  await victim.ask('beginWrite', 0, value);
  return victim;
}

/** Asks for page 0, which is not given however often one looks, while other pages and objects go on. Answers the request. */
async function neverTaken(lab: MemoryLab, pager: RawPager, region: Region): Promise<number> {
  await using another = await onObject(lab, 1);
  await region.write(PAGE, Uint8Array.of(1));
  const request = pager.lockLater({ offset: 0 });
  for (let look = 0; look < 25; look += 1) {
    // What its pager says comes after the request, on the same way.
    await another.region.write(0, Uint8Array.of(look));
    await another.pager.lock({ offset: 0 });
    expect(await lab.system.task.traps.vm_read(region.address + PAGE, 1)).toMatchObject({ data: Buffer.of(1) });
  }
  expect(pager.isDone(request)).toBe(false);
  return request;
}

/** The inode of each mapping of a broker's memory in this process. */
function memoryMapped(): string[] {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return lines.filter((line) => line.includes('memfd:easync')).map((line) => line.split(/ +/)[4] ?? '');
}

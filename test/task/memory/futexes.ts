import { type FutexGuard, type Region } from 'easync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { FutexLab, framesOf, hasWords, mapped } from './futex-lab.ts';
import type { Native } from './lab.ts';
import { PAGE } from './raw-pager.ts';

/** Futexes of one object that have a word. */
const WORDS = 4096;
const NATIVES = ['with koffi', 'without koffi'] as const;

/** What a user of futexes can count on, whoever has koffi. Only how many messages it takes differs. */
export function testFutexes(here: Native): void {
  describe.each(NATIVES)('a broker %s', (broker) => {
    const inPlace = hasWords(here, broker);
    const other = here === 'with koffi' ? 'without koffi' : 'with koffi';
    let lab: FutexLab;
    beforeAll(async () => void (lab = await FutexLab.start(broker)));
    afterAll(() => lab[Symbol.asyncDispose]());

    test('the first lock takes a message, and then none while nobody else wants it', async () => {
      await using object = await lab.object();
      const [futex] = object.futexes(8);
      const first = futex.lock();
      expect(first).toBeInstanceOf(Promise);
      const guard = await first;
      expect([guard.isHeld, guard.ownerDied]).toEqual([true, false]);
      expect(guard.gen).toBeGreaterThan(0n);
      await guard.unlock();
      expect(guard.isHeld).toBe(false);
      const frames = await framesOf(lab.here, async () => {
        for (let i = 0; i < 10; i += 1) {
          const again = futex.lock();
          expect(again instanceof Promise).toBe(!inPlace);
          const held = await again;
          expect([held.isHeld, held.gen]).toEqual([true, guard.gen]);
          const unlocked = held.unlock();
          expect(unlocked instanceof Promise).toBe(!inPlace);
          await unlocked;
          const tried = futex.tryLock();
          expect(tried instanceof Promise).toBe(!inPlace);
          await (await tried)?.unlock();
        }
      });
      expect(frames).toBe(inPlace ? 0 : 40);
      // A handle that is made later knows the word; another mapping asks once.
      await using second = await mapped(lab.here, object.name);
      const knows = [true, false, true];
      for (const [i, region] of [object.regions[0], second, second].entries()) {
        const locked = region.futex(8).lock();
        expect(locked instanceof Promise).toBe(!(inPlace && knows[i]));
        await (await locked).unlock();
      }
    });

    test.skipIf(!inPlace)(
      'those that find no place left for their word are locks as the others, by calls',
      async () => {
        await using region = await lab.here.task.vm.allocate(2 * WORDS * 4);
        const futexes = Array.from({ length: WORDS + 8 }, (_, i) => region.futex(4 * i));
        // All of them once, so that all places are given; then those at both ends.
        const guards = await Promise.all(futexes.map((futex) => futex.lock()));
        expect(new Set(guards.map(({ gen }) => gen)).size).toBe(guards.length);
        await Promise.all(guards.map((guard) => guard.unlock()));
        for (const futex of [...futexes.slice(0, 2), ...futexes.slice(WORDS)]) {
          const locked = futex.lock();
          expect(locked instanceof Promise).toBe(futexes.indexOf(futex) >= WORDS);
          const guard = await locked;
          expect(await rejection(futex.lock())).toMatchObject({ code: 'EDEADLK' });
          await guard.unlock();
        }
      },
    );

    test('while a lock call of a task is out it uses no word: it could give away what that call gets', async () => {
      await using object = await lab.object();
      const [futex] = object.futexes();
      await using second = await mapped(lab.here, object.name);
      for (const asked of [futex, second.futex(0)]) {
        const guard = await futex.lock();
        const again = asked.lock();
        const unlocked = guard.unlock();
        expect(unlocked).toBeInstanceOf(Promise);
        const meanwhile = futex.lock();
        expect(meanwhile).toBeInstanceOf(Promise);
        expect(await rejection(again)).toMatchObject({ code: 'EDEADLK' });
        await unlocked;
        const last = (await meanwhile).unlock();
        expect(last instanceof Promise).toBe(!inPlace);
        await last;
      }
    });

    test('who has it keeps all others out: they get it in the order in which they came', async () => {
      await using object = await lab.object();
      const [mine, theirs] = object.futexes();
      await using user = await lab.user(other, object);
      const guard = await mine.lock();
      expect(await theirs.tryLock()).toBeNull();
      const order: string[] = [];
      const locked = async (name: string, lock: FutexGuard | Promise<FutexGuard>): Promise<FutexGuard> => {
        const held = await lock;
        order.push(name);
        return held;
      };
      const second = locked('there', theirs.lock());
      // What comes after it on the same link finds it queued.
      await lab.there.task.traps.vm_region(0);
      await user.ask('lockLater', 0);
      await user.ask('call');
      await guard.unlock();
      const third = locked('here again', mine.lock());
      const held = await second;
      expect(await user.ask('isLocked', 0)).toBe(false);
      await held.unlock();
      expect(await user.ask('locked', 0)).toBe(true);
      expect(order).toEqual(['there']);
      expect(await user.ask('unlock', 0)).toBeUndefined();
      await (await third).unlock();
      expect(order).toEqual(['there', 'here again']);
    });

    test('two processes and two tasks of one count together, and no one is lost', async () => {
      await using object = await lab.object();
      await using user = await lab.user(other, object);
      const times = 50;
      const counted = user.ask('count', 4, times);
      await Promise.all(object.regions.map((region) => count(region, times)));
      await counted;
      const bytes = Buffer.from(await object.regions[0].read(PAGE, 4));
      expect(bytes.readUInt32LE()).toBe(3 * times);
    });

    test('a task that has it would wait for itself; a second unlock finds nothing to unlock', async () => {
      await using object = await lab.object();
      const [futex, theirs] = object.futexes();
      for (let round = 0; round < 2; round += 1) {
        const guard = await futex.lock();
        expect(await rejection(futex.lock())).toMatchObject({ code: 'EDEADLK', op: 'lock' });
        expect(await rejection(futex.tryLock())).toMatchObject({ code: 'EDEADLK' });
        expect(await theirs.tryLock()).toBeNull();
        await guard.unlock();
        const error = await rejection(guard.unlock());
        expect(error).toMatchObject({ code: 'ERELEASED', op: 'unlock' });
        expect(error.message).toContain(`the futex at 0 of the region of ${2 * PAGE} bytes`);
        expect(() => guard.consistent()).toThrow(expect.objectContaining({ code: 'ERELEASED' }));
      }
    });

    test('`using` unlocks, and so does `await using`', async () => {
      await using object = await lab.object();
      const [futex, theirs] = object.futexes();
      for (let round = 0; round < 2; round += 1) {
        {
          using guard = await futex.lock();
          expect(guard.isHeld).toBe(true);
        }
        await using guard = await theirs.lock();
        expect(guard.isHeld).toBe(true);
      }
      await using last = await futex.lock();
      await last.unlock();
    });

    test('who has it unmaps it: the next one is told, and may put it right', async () => {
      await using object = await lab.object();
      const [mine, theirs] = object.futexes();
      for (const taken of ['by message', 'in place']) {
        await using region = await mapped(lab.here, object.name);
        await object.regions[0].unmap();
        const futex = region.futex(0);
        if (taken === 'in place') await (await futex.lock()).unlock();
        const guard = await futex.lock();
        const waiting = theirs.lock();
        await region.unmap();
        expect(guard.isHeld).toBe(false);
        expect(await rejection(guard.unlock())).toMatchObject({ code: 'ERELEASED' });
        const heir = await waiting;
        expect(heir.ownerDied).toBe(true);
        heir.consistent();
        await heir.unlock();
        expect(await rejection(mine.lock())).toMatchObject({ code: 'ERELEASED' });
        expect((await theirs.tryLock())?.ownerDied).toBe(false);
        await lab.there.task.traps.vm_futex_unlock(object.regions[1].address, 0);
      }
    });

    test('who looks a region up once more, and unmaps it, has what it locked there by another that it maps', async () => {
      await using object = await lab.object();
      const [, theirs] = object.futexes();
      const { vm, traps } = lab.here.task;
      await object.regions[0].unmap();
      const known = vm.mappings.size;
      for (const handle of [0, 1] as const) {
        const region = await mapped(lab.here, object.name);
        const handles = [region, await vm.region(region.address)] as const;
        await using lost = await mapped(lab.here, object.name);
        await using third = await mapped(lab.here, object.name);
        expect(vm.mappings.size).toBe(known + 3);
        const guard = await handles[handle].futex(0).lock();
        const waiting = theirs.lock();
        // By who has the task's port, and so without its handle.
        await traps.vm_deallocate(lost.address, lost.size);
        await handles[handle].unmap();
        // What is mapped in its place says nothing of it.
        await using other = await vm.allocate(region.size);
        let fenced = 0;
        guard.onFenced(() => (fenced += 1));
        await traps.vm_region(third.address);
        expect([other.address, fenced, guard.isHeld]).toEqual([region.address, 0, true]);
        await guard.unlock();
        const next = await waiting;
        expect(next.ownerDied).toBe(false);
        await next.unlock();
      }
      expect(vm.mappings.size).toBe(known);
    });

    test('who maps it twice, and unmaps the region that it locked by, has it still, by the same guard', async () => {
      await using object = await lab.object();
      const [mine, theirs] = object.futexes();
      // Maps the object, but not this word.
      const right = (await lab.here.names.lookUp({ name: object.name })).port;
      await using beside = await lab.here.task.vm.map(right, { size: PAGE, offset: PAGE });
      right.deallocate();
      for (const taken of ['by message', 'in place', 'from one that died']) {
        const region = await mapped(lab.here, object.name);
        const futex = region.futex(0);
        if (taken === 'in place') await (await futex.lock()).unlock();
        if (taken === 'from one that died') {
          await using lost = await mapped(lab.there, object.name);
          await object.regions[1].unmap();
          await lost.futex(0).lock();
        }
        const guard = await futex.lock();
        await region.unmap();
        expect(guard.isHeld).toBe(true);
        expect(await rejection(mine.lock())).toMatchObject({ code: 'EDEADLK' });
        const next = taken === 'from one that died' ? mine : theirs;
        if (guard.ownerDied) guard.consistent();
        await guard.unlock();
        await using after = await next.lock();
        expect([guard.isHeld, after.ownerDied]).toEqual([false, false]);
      }
      const last = await mine.lock();
      await object.regions[0].unmap();
      expect([last.isHeld, beside.size]).toEqual([false, PAGE]);
      // Mapped anew, it is another hold, of which the guard of the one that was lost says nothing.
      await using region = await mapped(lab.here, object.name);
      const next = await region.futex(0).lock();
      expect([last.isHeld, next.isHeld, next.ownerDied]).toEqual([false, true, true]);
      expect(await rejection(last.unlock())).toMatchObject({ code: 'ERELEASED' });
      next.consistent();
      await next.unlock();
    });

    test('that a hold was lost with the last of many regions is found in no time', async () => {
      await using object = await lab.object();
      const regions = [object.regions[0]];
      while (regions.length < 40) regions.push(await mapped(lab.here, object.name));
      const guard = await object.regions[0].futex(0).lock();
      for (const region of regions) await region.unmap();
      expect(guard.isHeld).toBe(false);
      expect(await rejection(guard.unlock())).toMatchObject({ code: 'ERELEASED' });
    });
  });
}

async function count(region: Region, times: number): Promise<void> {
  const futex = region.futex(4);
  for (let i = 0; i < times; i += 1) {
    using _ = await futex.lock();
    const bytes = Buffer.from(await region.read(PAGE, 4));
    bytes.writeUInt32LE(bytes.readUInt32LE() + 1);
    await region.write(PAGE, bytes);
  }
}

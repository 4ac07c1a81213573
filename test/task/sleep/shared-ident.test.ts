import { boot, make, move, type SendRight, type System } from 'easync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SharedIdent } from '../../../src/task/index.ts';
import { rejection } from '../../support/rejection.ts';
import { until } from '../../support/until.ts';
import { framesOf, FutexLab, mapped } from '../memory/futex-lab.ts';

// What tasks share to sleep on, as a waiter uses it: queues at the broker, wakeups only where somebody sleeps.

describe.each(['with koffi', 'without koffi'] as const)('broker %s', (native) => {
  let lab: FutexLab;
  beforeAll(async () => void (lab = await FutexLab.start(native)));
  afterAll(() => lab[Symbol.asyncDispose]());

  describe.each(['a port', 'a word of memory'] as const)('%s', (what) => {
    test('sleepers of one task are woken by another, once, in all handles of the same thing', async () => {
      await using pair = await shared(lab, what);
      const [mine, theirs] = pair.idents;
      const sleepers = await Promise.all([sleeper(mine), sleeper(theirs), sleeper(pair.again)]);
      await theirs.wakeup(0, false);
      await until(() => sleepers.every(({ woken }) => woken === 1));
      await mine.wakeup(0, false);
      expect(sleepers.map(({ woken }) => woken)).toEqual([1, 1, 1]);
    });

    test('a wakeup with nobody asleep is forgotten, and costs no message', async () => {
      await using pair = await shared(lab, what);
      const [mine, theirs] = pair.idents;
      await mine.wakeup(0, false);
      await theirs.wakeup(0, false);
      const wakeups = (): void => {
        for (let i = 0; i < 10; i += 1)
          expect([mine.wakeup(0, i % 2 === 0), theirs.wakeup(3, true)]).toEqual([undefined, undefined]);
      };
      expect(await framesOf(lab.here, wakeups)).toBe(0);
      const one = await sleeper(mine);
      expect(theirs.wakeup(0, false)).toBeInstanceOf(Promise);
      await until(() => one.woken === 1);
      expect(await framesOf(lab.here, wakeups)).toBe(0);
      const gone = await sleeper(mine);
      gone.slot.remove();
      await lab.here.task.traps.vm_region(0);
      expect(await framesOf(lab.there, wakeups)).toBe(0);
      expect(gone.woken).toBe(0);
    });

    test('domains are apart', async () => {
      await using pair = await shared(lab, what);
      const [mine, theirs] = pair.idents;
      const [plain, seven] = [await sleeper(mine), await sleeper(mine, 7)];
      await theirs.wakeup(7, false);
      await until(() => seven.woken === 1);
      expect(plain.woken).toBe(0);
      await theirs.wakeup(0, false);
      await until(() => plain.woken === 1);
    });

    test('one is woken: the first that sleeps, and those before it that are only prepared', async () => {
      await using pair = await shared(lab, what);
      const [mine, theirs] = pair.idents;
      const prepared = await sleeper(theirs);
      const [first, second] = [await sleeper(mine), await sleeper(theirs)];
      first.slot.asleep();
      second.slot.asleep();
      await inOrder(lab);
      await theirs.wakeup(0, true);
      await until(() => prepared.woken === 1 && first.woken === 1);
      await inOrder(lab);
      expect(second.woken).toBe(0);
      second.slot.remove();
    });

    test('a handle that is given up leaves those that are being opened as they are', async () => {
      await using pair = await shared(lab, what);
      const [mine, theirs] = pair.idents;
      await mine.wakeup(0, false);
      // On its way when the other handle's end is.
      const entering = sleeper(pair.again);
      mine[Symbol.dispose]();
      const asleep = await entering;
      await theirs.wakeup(0, false);
      await until(() => asleep.woken === 1);
    });

    test('the sleepers of a task that leaves are gone', async () => {
      await using pair = await shared(lab, what);
      const [mine] = pair.idents;
      const late = await boot({ socket: lab.broker.socket, label: 'late' });
      await using other = await pair.in(late);
      const asleep = await sleeper(other.ident);
      asleep.slot.asleep();
      await mine.wakeup(1, false);
      const left = late.dispose();
      await until(() => mine.wakeup(0, true) === undefined);
      await left;
      // Nobody would wake it any more.
      expect(asleep.woken).toBe(1);
    });
  });

  test('nobody need wait for a wakeup that fails', async () => {
    const port = lab.here.task.allocate({ label: 'dead' });
    using right = make.send(port);
    port.destroy();
    const ident = lab.here.task.sleep.identOf(right);
    // Not awaited: a rejection that nobody handles would end the run.
    void ident.wakeup(0, false);
    const error = await rejection(ident.enter(0, () => undefined));
    expect(error).toMatchObject({ code: 'MACH_SEND_INVALID_DEST', op: 'prepare', object: 'port dead' });
    await inOrder(lab);
  });

  test('a port that dies wakes who sleeps on it, and nobody can any more', async () => {
    const pair = await shared(lab, 'a port');
    const [mine, theirs] = pair.idents;
    const sleepers = await Promise.all([sleeper(mine), sleeper(theirs, 7)]);
    await pair.end();
    await until(() => sleepers.every(({ woken }) => woken === 1));
    expect((await rejection(theirs.enter(0, () => undefined)))['code']).toBe('MACH_SEND_INVALID_DEST');
    await theirs.wakeup(0, false);
    await pair[Symbol.asyncDispose]();
  });

  test('a word that is not mapped any more', async () => {
    await using object = await lab.object();
    const region = object.regions[0];
    expect(() => region.ident(2)).toThrow(expect.objectContaining({ code: 'KERN_INVALID_ADDRESS' }));
    expect(() => region.ident(region.size)).toThrow(expect.objectContaining({ code: 'KERN_INVALID_ADDRESS' }));
    const ident = region.ident(8);
    await region.unmap();
    // Something else may be there by now.
    expect((await rejection(ident.enter(0, () => undefined)))['code']).toBe('ERELEASED');
    expect((await rejection(ident.enter(0, () => undefined)))['code']).toBe('ERELEASED');
  });

  test('who unmaps a word, or may not read it any more, does not sleep on it; others do', async () => {
    for (const give of ['unmap', 'protect'] as const) {
      await using object = await lab.object();
      const [region, other] = object.regions;
      const more = await mapped(lab.here, object.name);
      const [ident, theirs] = [region.ident(8), other.ident(8)];
      const [mine, again, others] = [await sleeper(ident), await sleeper(more.ident(8)), await sleeper(theirs)];
      // It has the word by another region yet.
      await more.unmap();
      await inOrder(lab);
      expect([mine.woken, again.woken]).toEqual([0, 0]);
      await (give === 'unmap' ? region.unmap() : region.protect('none'));
      if (give === 'protect') {
        const error = await rejection(region.ident(12).enter(0, () => undefined));
        expect(error.message).toMatch(/^KERN_PROTECTION_FAILURE: prepare: .* may not read there/);
      }
      await until(() => mine.woken === 1 && again.woken === 1);
      expect((await rejection(ident.enter(0, () => undefined)))['code']).toBe('KERN_INVALID_ADDRESS');
      expect(others.woken).toBe(0);
      await theirs.wakeup(0, false);
      await until(() => others.woken === 1);
    }
  });

  test('a word is asked for once, however often it is named', async () => {
    await using object = await lab.object();
    const [region, theirs] = object.regions;
    await region.ident(8).wakeup(0, false);
    const wakeups = async (): Promise<void> => {
      for (let i = 0; i < 10; i += 1) await region.ident(8).wakeup(0, false);
    };
    expect(await framesOf(lab.here, wakeups)).toBe(0);
    const one = await sleeper(theirs.ident(8));
    await region.ident(8).wakeup(0, false);
    await until(() => one.woken === 1);
  });

  test('an ident that is given up wakes who sleeps there of the task, and can be used again', async () => {
    await using pair = await shared(lab, 'a word of memory');
    const [mine, theirs] = pair.idents;
    const [ours, others] = [await sleeper(mine), await sleeper(theirs)];
    pair.again[Symbol.dispose]();
    mine[Symbol.dispose]();
    await until(() => ours.woken === 1);
    expect(others.woken).toBe(0);
    const again = await sleeper(mine);
    await theirs.wakeup(0, false);
    await until(() => again.woken === 1 && others.woken === 1);
  });
});

test('the broker dies: who sleeps is woken, and finds that nobody can any more', async () => {
  const lab = await FutexLab.start('with koffi');
  const { task } = lab.here;
  using right = make.send(task.allocate({ label: 'ident' }));
  const ident = task.sleep.identOf(right);
  const asleep = await sleeper(ident);
  using never = make.send(task.allocate({ label: 'never used' }));
  const unused = task.sleep.identOf(never);
  lab.broker.program.kill('SIGKILL');
  await until(() => asleep.woken === 1);
  expect(unused.wakeup(0, false)).toBeUndefined();
  expect((await rejection(unused.enter(0, () => undefined))).message).toMatch(/^KERN_INVALID_TASK: prepare: /);
  expect((await rejection(ident.enter(0, () => undefined)))['code']).toBe('KERN_INVALID_TASK');
  expect(ident.wakeup(0, false)).toBeUndefined();
  await lab[Symbol.asyncDispose]();
});

/** Frames of both tasks so far have been handled, and what they caused has come back. */
async function inOrder({ here, there }: FutexLab): Promise<void> {
  await Promise.all([here, there].map(({ task }) => task.traps.vm_region(0)));
}

/** The right, to another task of the broker. */
async function passed({ here }: FutexLab, right: SendRight, to: System): Promise<SendRight> {
  passedRights += 1;
  const name = `ident ${passedRights}`;
  await here.names.register({ name, port: move(right) });
  return (await to.names.lookUp({ name })).port;
}

let passedRights = 0;

async function sleeper(ident: SharedIdent, domain = 0) {
  const it = { woken: 0, slot: { asleep() {}, remove() {} } };
  it.slot = await ident.enter(domain, () => void (it.woken += 1));
  return it;
}

/** One thing as two tasks have it, and once more as the first has it. */
async function shared(lab: FutexLab, what: 'a port' | 'a word of memory') {
  if (what === 'a word of memory') {
    const object = await lab.object();
    const [here, there] = object.regions;
    const more = await mapped(lab.here, object.name);
    return {
      idents: [here.ident(8), there.ident(8)] as const,
      again: more.ident(8),
      async in(system: System) {
        const region = await mapped(system, object.name);
        return { ident: region.ident(8), [Symbol.asyncDispose]: () => Promise.resolve() };
      },
      end: () => object.pager.end(),
      async [Symbol.asyncDispose]() {
        await more.unmap();
        await object[Symbol.asyncDispose]();
      },
    };
  }
  const port = lab.here.task.allocate({ label: 'ident' });
  const rights: SendRight[] = [make.send(port), make.send(port)];
  const [mine, again] = rights as [SendRight, SendRight];
  const theirs = await passed(lab, make.send(port), lab.there);
  rights.push(theirs);
  const { here, there } = lab;
  return {
    idents: [here.task.sleep.identOf(mine), there.task.sleep.identOf(theirs)] as const,
    again: here.task.sleep.identOf(again),
    async in(system: System) {
      const right = await passed(lab, make.send(port), system);
      return { ident: system.task.sleep.identOf(right), [Symbol.asyncDispose]: () => Promise.resolve() };
    },
    end: () => Promise.resolve(port.destroy()),
    [Symbol.asyncDispose]() {
      for (const right of rights) right.deallocate();
      port.destroy();
      return Promise.resolve();
    },
  };
}

import { expect } from 'vitest';
import { VM_PROT } from '../../../src/wire/index.ts';
import { Host, type Mapped, PAGE } from '../harness.ts';
import { scenario, scenarioFor } from './scenario.ts';

const TASK = 1;
const SIZE = 16 * PAGE;

/** Page 0 is there and changed, page 1 is locked for writes, page 2 is clean; a call waits for page 3, another to write page 1. */
function inUse(): Mapped & { host: Host; waiting: number[] } {
  const host = new Host();
  const mapped = host.ready(TASK);
  const { object, page } = mapped;
  host.supply(object, 0, [1, 1, 1, 1]);
  host.supply(object, 1, [2, 2, 2, 2], { lock: VM_PROT.WRITE });
  host.supply(object, 2, [3, 3, 3, 3]);
  host.write(TASK, page(0), [9]);
  const waiting = [host.read(TASK, page(3)), host.write(TASK, page(1), [9]), host.read(TASK, page(3), 2 * PAGE)];
  host.take();
  return { ...mapped, host, waiting };
}

const ENDS = {
  'its pager dies': (host: Host, object: number): void => {
    host.vm.pagerDied(object);
    host.settle();
  },
  'it is destroyed': (host: Host, object: number): void =>
    host.say(object, { kind: 'memory_object_destroy', reason: 1 }),
};

scenarioFor(
  Object.entries(ENDS),
  '§1.4: %s: who waits for the pager gets KERN_MEMORY_ERROR, what is there stays usable',
  (_how, end) => {
    const { host, object, page, waiting } = inUse();
    end(host, object);
    host.take();
    expect(waiting.map((call) => host.code(call))).toEqual(Array(3).fill('KERN_MEMORY_ERROR'));
    expect(host.call(host.read(TASK, page(0), 3 * PAGE)).bytes).toEqual([9, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    expect(host.code(host.write(TASK, page(2), [8]))).toBe(0);
    expect(host.store(object, 0, 1, 7)).toBe(true);
    expect(host.code(host.read(TASK, page(3)))).toBe('KERN_MEMORY_ERROR');
    expect(host.code(host.write(TASK, page(1), [9]))).toBe('KERN_MEMORY_ERROR');
    host.supply(object, 3, [4, 4, 4, 4]);
    expect(host.take()).toEqual([]);
    expect(host.vm.inspect().objects).toMatchObject([{ state: 'dead', resident: 3, requests: 0, waiting: 0 }]);
  },
);

scenarioFor(Object.entries(ENDS), '§1.4: %s: changed pages are dropped at the last unmapping', (_how, end) => {
  const { host, object, address } = inUse();
  end(host, object);
  host.take();
  host.vm.deallocate(TASK, { address, size: SIZE });
  host.settle();
  expect(host.take()).toEqual([]);
  expect(host.forgotten).toEqual([object]);
  expect(host.vm.inspect().resident).toBe(0);
});

scenarioFor(
  Object.entries(ENDS),
  '§1.4: %s: changed pages are kept while it is mapped, clean ones may vanish',
  (_how, end) => {
    const { host, object, page } = inUse();
    end(host, object);
    const { object: other } = host.ready(2, { pages: 100 });
    for (let i = 0; i < 80; i += 1) host.supply(other, i, [0, 0, 0, 0]);
    expect(host.call(host.read(TASK, page(0)))).toEqual({ code: 0, bytes: [9] });
    expect(host.code(host.read(TASK, page(2)))).toBe('KERN_MEMORY_ERROR');
    expect(host.take().filter((kind) => kind === 'data_return')).toEqual([]);
  },
);

scenario('§1.4: a dead pager is told nothing, a destroyed object ends with terminate at once', () => {
  const dead = inUse();
  ENDS['its pager dies'](dead.host, dead.object);
  expect(dead.host.take()).toEqual([]);
  const destroyed = inUse();
  ENDS['it is destroyed'](destroyed.host, destroyed.object);
  expect(destroyed.host.take()).toEqual(['terminate']);
  // Its port dies later, as ports do.
  ENDS['its pager dies'](destroyed.host, destroyed.object);
  expect(destroyed.host.take()).toEqual([]);
});

scenarioFor(Object.entries(ENDS), '§1.4: %s before it is ready: that refuses whoever maps it', (_how, end) => {
  const host = new Host();
  const { object, address } = host.mapNew(TASK);
  const call = host.read(TASK, address);
  const copying = host.tryMap(2, object, { copy: true });
  expect(host.code(copying.call)).toBe('waiting');
  end(host, object);
  expect(host.code(call)).toBe('KERN_MEMORY_ERROR');
  expect(host.code(copying.call)).toBe('KERN_MEMORY_ERROR');
  expect(host.vm.region(2, 0)).toBeNull();
  expect(host.code(host.read(TASK, address))).toBe('KERN_MEMORY_ERROR');
});

scenarioFor(Object.entries(ENDS), '§1.4: %s while nobody maps it, and it is cached: it is forgotten', (_how, end) => {
  const host = new Host();
  const { object, address, page } = host.ready(TASK, { mayCache: true });
  host.supply(object, 0, [1, 1, 1, 1]);
  host.write(TASK, page(0), [2]);
  host.vm.deallocate(TASK, { address, size: SIZE });
  end(host, object);
  expect(host.forgotten).toEqual([object]);
  expect(host.take()).not.toContain('data_return');
});

scenario('R0.6: what a pager said before it died counts', () => {
  const { host, object, page } = inUse();
  host.pin(object, 0);
  host.lockRequest(object, 0, { shouldFlush: true, reqId: 0 });
  const late = host.read(TASK, page(8));
  host.supply(object, 8, [8, 8, 8, 8]);
  host.vm.pagerDied(object);
  host.settle();
  host.unpin(object, 0);
  expect(host.call(late)).toEqual({ code: 0, bytes: [8] });
  expect(host.code(host.read(TASK, page(0)))).toBe('KERN_MEMORY_ERROR');
});

scenario('§1.4: a pager that never answers is waited for; the end of the task ends the wait', () => {
  const { host, object, waiting } = inUse();
  const snapshot = host.vm.inspect().objects[0];
  expect(snapshot).toMatchObject({ requests: 3, waiting: 3 });
  host.vm.taskEnded(TASK);
  host.settle();
  expect(waiting.map((call) => host.code(call))).toEqual(Array(3).fill('waiting'));
  expect(host.take()).toEqual(['data_return', 'terminate']);
  expect(host.forgotten).toEqual([object]);
});

import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { Master } from '../../src/pager/master.ts';
import type { FromKernel } from '../../src/pager/state.ts';
import { type FromPager, Vm } from '../../src/vm/index.ts';
import { VM_PROT } from '../../src/wire/index.ts';

/** Faults that the explorer has found in the shipped machines, each by its trace. */

test('a sync is not done while what it waits for lies under newer bytes that are not stored', () => {
  const master = new Master({ pageSize: 1, size: 1 });
  const receive = (message: FromKernel): void => master.receive(1, message);
  const returned = { kind: 'memory_object_data_return', offset: 0, dirty: true, kernelCopy: true, gen: 1 } as const;
  receive({ kind: 'memory_object_init', pageSize: 1 });
  receive({ kind: 'memory_object_data_request', reqId: 1, offset: 0, length: 1, access: VM_PROT.WRITE });
  for (const effect of master.takeEffects()) if (effect.type === 'read') master.readDone(effect.id, Uint8Array.of(0));
  const job = master.sync();
  const sent = master.takeEffects().flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));
  const recall = sent.find(({ kind }) => kind === 'memory_object_lock_request') as { reqId: number } | undefined;
  const reqId = recall?.reqId ?? 0;
  receive({ ...returned, reqId, data: Uint8Array.of(1) });
  receive({ kind: 'memory_object_lock_completed', reqId, offset: 0, length: 1 });
  receive({ ...returned, reqId: 0, data: Uint8Array.of(2) });
  const write = master.takeEffects().find(({ type }) => type === 'write');
  master.written((write as { id: number } | undefined)?.id ?? 0, false);
  const effects = master.takeEffects();
  expect(effects.filter(({ type }) => type === 'flush')).toEqual([]);
  expect(effects).toContainEqual({ type: 'done', job, failed: true });
});

test('who mapped an object anew while it was being terminated hears that its pager has died meanwhile', () => {
  const vm = new Vm({ ...DEFAULT_LIMITS, pageBytes: 1, objectBytes: 1 });
  const object = vm.createObject();
  const receive = (message: FromPager): void => vm.receive(object, message);
  const map = (): void => {
    const placement = { address: 1, size: 1, mask: 0, anywhere: false, object, offset: 0, copy: false };
    expect(vm.map(1, 0, { ...placement, protection: VM_PROT.ALL, maximum: VM_PROT.ALL }).code).toBe(0);
  };
  map();
  receive({ kind: 'memory_object_ready', mayCache: false, copyStrategy: 0 });
  expect(vm.read(1, 1, { address: 1, size: 1 }).code).toBe('waiting');
  const supply = { kind: 'memory_object_data_supply', reqId: 1, replyId: 0, offset: 0, lock: 0 } as const;
  receive({ ...supply, precious: false, gen: 1, data: Uint8Array.of(0) });
  vm.deallocate(1, { address: 1, size: 1 });
  map();
  expect(vm.write(1, 2, { address: 1, size: 1 }).code).toBe('waiting');
  vm.takeEffects();
  vm.pagerDied(object);
  vm.revoked(object, 0, false);
  expect(vm.takeEffects()).toContainEqual({ type: 'done', call: 2, code: 'KERN_MEMORY_ERROR' });
});

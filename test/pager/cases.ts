import { expect } from 'vitest';
import { VM_PROT } from '../../src/wire/index.ts';
import { Desk, page } from './desk.ts';
import type { Replaced } from './world.ts';

const READ_WRITE = VM_PROT.READ | VM_PROT.WRITE;
const RECALL = 'memory_object_lock_request';
const SUPPLY = 'memory_object_data_supply';

type Case = (replaced: Replaced) => void;

/** What pager.md says of several kernels on one object. A changed machine must fail the case of its rule, too. */
export const CASES = {
  'each kernel has its own init, and its own answer (§1.3)': (replaced) => {
    const desk = new Desk(replaced, {}, 0);
    for (const kernel of [1, 2]) {
      desk.from(kernel, { kind: 'memory_object_init', pageSize: 8 });
      expect(desk.sent(kernel, 'memory_object_ready')).toHaveLength(1);
    }
    expect(desk.effects('refused')).toEqual([]);
  },

  'to write, all others are flushed, and have answered (§1.3)': (replaced) => {
    const desk = new Desk(replaced, {}, 3);
    desk.give(1, 0);
    desk.give(2, 0);
    desk.request(3, 0, READ_WRITE);
    const recalls = [1, 2].map((kernel) => desk.sent(kernel, RECALL));
    expect(recalls).toMatchObject([[{ shouldFlush: true, shouldReturn: 1 }], [{ shouldFlush: true, shouldReturn: 1 }]]);
    expect(desk.effects('read')).toEqual([]);
    for (const [index, [recall]] of recalls.entries()) if (recall !== undefined) desk.completed(index + 1, recall);
    expect(desk.effects('read')).toHaveLength(1);
  },

  'to read, the writer writes back and goes on reading (§1.3)': (replaced) => {
    const desk = new Desk(replaced);
    const { gen } = desk.give(1, 0, READ_WRITE);
    const reqId = desk.request(2, 0);
    const [recall] = desk.sent(1, RECALL);
    expect(recall).toMatchObject({ shouldFlush: false, shouldReturn: 1, lock: VM_PROT.WRITE });
    if (recall === undefined) return;
    desk.returns(1, 0, 7, gen, { reqId: recall.reqId, kernelCopy: true });
    expect(desk.sent(2, SUPPLY)).toEqual([]);
    desk.completed(1, recall);
    expect(desk.sent(2, SUPPLY)).toMatchObject([{ reqId, lock: VM_PROT.WRITE, data: page(7) }]);
    expect(recall.gen).toBeGreaterThan(gen);
    expect(desk.master.state.units.get(0)).toMatchObject({ owner: null, copies: [{ kernel: 1 }, { kernel: 2 }] });
  },

  'what is being stored is answered from memory, not from the store (P12)': (replaced) => {
    const desk = new Desk(replaced);
    const { gen } = desk.give(1, 0, READ_WRITE);
    desk.returns(1, 0, 7, gen);
    const [write] = desk.effects('write');
    const reqId = desk.request(1, 0);
    expect(desk.effects('read')).toEqual([]);
    expect(desk.sent(1, SUPPLY)).toMatchObject([{ reqId, data: page(7) }]);
    expect(write?.data).toEqual(page(7));
  },

  'an unlock of a page that was flushed makes no writer (P13)': (replaced) => {
    const desk = new Desk(replaced);
    const { gen } = desk.give(1, 0);
    desk.request(2, 0, READ_WRITE);
    const [recall] = desk.sent(1, RECALL);
    if (recall !== undefined) desk.completed(1, recall);
    const reqId = desk.unlock(1, 0, gen);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, page(1));
    expect(desk.sent(1, RECALL)).toMatchObject([{ answers: reqId, reqId: 0, shouldFlush: true, shouldReturn: 1 }]);
    expect(desk.sent(2, RECALL)).toEqual([]);
    expect(desk.master.state.units.get(0)).toMatchObject({ owner: { kernel: 2 }, copies: [{ kernel: 2 }] });
  },

  'a return by a grant that is over is not written (R0.4)': (replaced) => {
    const desk = new Desk(replaced);
    const { gen } = desk.give(1, 0, READ_WRITE);
    desk.request(2, 0, READ_WRITE);
    const [recall] = desk.sent(1, RECALL);
    if (recall !== undefined) desk.completed(1, recall);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, page(1));
    desk.returns(1, 0, 9, gen);
    expect(desk.effects('refused')).toMatchObject([{ kernel: 1, kind: 'memory_object_data_return' }]);
    expect(desk.effects('write')).toEqual([]);
  },

  'who may have changed a page forgets it before it is supplied anew (P12)': (replaced) => {
    const desk = new Desk(replaced);
    desk.request(1, 0, READ_WRITE);
    desk.request(1, 0, READ_WRITE);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, page(1));
    const [supply, ...others] = desk.sent(1, SUPPLY);
    expect(others).toEqual([]);
    const [recall] = desk.sent(1, RECALL);
    expect(recall).toMatchObject({ offset: 0, length: 8, shouldReturn: 1, shouldFlush: true, lock: VM_PROT.NO_CHANGE });
    desk.returns(1, 0, 7, supply?.gen ?? 0);
    if (recall !== undefined) desk.completed(1, recall);
    expect(desk.sent(1, SUPPLY)).toMatchObject([{ data: page(7), lock: VM_PROT.NONE }]);
  },

  'a sync is over when what came back is stored, and flushed (P11)': (replaced) => {
    const desk = new Desk(replaced);
    const { gen } = desk.give(1, 0, READ_WRITE);
    const job = desk.master.sync();
    const [clean] = desk.sent(1, RECALL);
    expect(clean).toMatchObject({ shouldFlush: false, shouldReturn: 1, lock: VM_PROT.NO_CHANGE });
    if (clean === undefined) return;
    desk.returns(1, 0, 7, gen, { reqId: clean.reqId, kernelCopy: true });
    desk.completed(1, clean);
    expect(desk.effects('flush')).toEqual([]);
    for (const { id } of desk.effects('write')) desk.master.written(id, true);
    expect(desk.effects('flush')).toEqual([{ type: 'flush', job }]);
    desk.master.flushed(job, true);
    expect(desk.effects('done')).toEqual([{ type: 'done', job, failed: false }]);
    expect(desk.master.state.units.get(0)?.owner?.kernel).toBe(1);
  },

  'a page size that does not fit is refused (§1.1)': (replaced) => {
    const desk = new Desk(replaced, {}, 0);
    desk.from(1, { kind: 'memory_object_init', pageSize: 12 });
    expect(desk.sent(1, 'memory_object_destroy')).toHaveLength(1);
  },
} as const satisfies Record<string, Case>;

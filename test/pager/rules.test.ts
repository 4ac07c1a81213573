import { describe, expect, test } from 'vitest';
import { COPY_STRATEGY, VM_PROT } from '../../src/wire/index.ts';
import { CASES } from './cases.ts';
import { Desk, page } from './desk.ts';

const READ_WRITE = VM_PROT.READ | VM_PROT.WRITE;
const RECALL = 'memory_object_lock_request';
const SUPPLY = 'memory_object_data_supply';
const ERROR = 'memory_object_data_error';

describe('several kernels on one object', () => {
  test.each(Object.entries(CASES))('%s', (_name, run) => run({}));

  test('requests for a page are answered in the order they came (§1.3)', () => {
    const desk = new Desk({}, {}, 3);
    desk.give(1, 0, READ_WRITE);
    desk.request(2, 0, READ_WRITE);
    desk.request(3, 0);
    const [first] = desk.sent(1, RECALL);
    if (first === undefined) throw new Error('kernel 1 was not asked');
    desk.completed(1, first);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, page(1));
    const [given] = desk.sent(2, SUPPLY);
    expect(desk.sent(3, SUPPLY)).toEqual([]);
    const [second] = desk.sent(2, RECALL);
    if (second === undefined || given === undefined) throw new Error('kernel 2 was not asked');
    desk.returns(2, 0, 5, given.gen, { reqId: second.reqId, kernelCopy: true });
    desk.completed(2, second);
    expect(desk.sent(3, SUPPLY)).toMatchObject([{ data: page(5) }]);
  });

  test('who has the page is only told that it may write, by a new grant (R0.4)', () => {
    const desk = new Desk();
    const { gen } = desk.give(1, 0);
    desk.give(2, 0);
    const reqId = desk.unlock(1, 0, gen);
    expect(desk.sent(1, RECALL)).toEqual([]);
    const [recall] = desk.sent(2, RECALL);
    if (recall !== undefined) desk.completed(2, recall);
    const [weaker] = desk.sent(1, RECALL);
    expect(weaker).toMatchObject({ answers: reqId, reqId: 0, lock: VM_PROT.NONE, shouldReturn: 0, shouldFlush: false });
    expect(weaker?.gen).toBeGreaterThan(gen);
    expect(desk.effects('read')).toEqual([]);
  });

  test('of a run that comes back only the late pages are refused (R0.4)', () => {
    const desk = new Desk();
    const { gen } = desk.give(1, 0, READ_WRITE);
    desk.give(1, 1, READ_WRITE);
    desk.request(2, 1, READ_WRITE);
    const [recall] = desk.sent(1, RECALL);
    if (recall !== undefined) desk.completed(1, recall);
    const back = { reqId: 0, offset: 0, dirty: true, kernelCopy: false, gen: gen + 1 };
    desk.from(1, { kind: 'memory_object_data_return', ...back, data: new Uint8Array(16).fill(6) });
    expect(desk.effects('refused')).toHaveLength(1);
    expect(desk.effects('write')).toMatchObject([{ offset: 0, data: page(6) }]);
  });

  test('a kernel that dies: waiters go on, and what it could write is invalid until the next write (§1.4)', () => {
    const desk = new Desk();
    const { gen } = desk.give(1, 0, READ_WRITE);
    desk.give(1, 1);
    desk.returns(1, 0, 4, gen, { kernelCopy: true });
    const reqId = desk.request(2, 0);
    desk.master.kernelDied(1);
    expect(desk.effects('invalid')).toEqual([{ type: 'invalid', offset: 0, length: 8 }]);
    expect(desk.effects('terminated')).toEqual([{ type: 'terminated', kernel: 1 }]);
    const [supply] = desk.sent(2, SUPPLY);
    expect(supply).toMatchObject({ reqId, data: page(4) });
    const unlock = desk.unlock(2, 0, supply?.gen ?? 0);
    const [weaker] = desk.sent(2, RECALL);
    expect(weaker).toMatchObject({ answers: unlock });
    expect(desk.master.state.units.get(0)?.invalid).toBe(true);
    desk.returns(2, 0, 6, weaker?.gen ?? 0);
    expect(desk.master.state.units.get(0)?.invalid).toBe(false);
  });

  test('a kernel that dies while it is waited for, and one that waits', () => {
    const desk = new Desk({}, {}, 3);
    desk.give(1, 0);
    desk.request(2, 0, READ_WRITE);
    desk.request(3, 0);
    desk.sent(1, RECALL);
    desk.master.kernelDied(2);
    desk.master.kernelDied(1);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, page(1));
    expect(desk.sent(3, SUPPLY)).toHaveLength(1);
    expect(desk.master.state.units.size).toBe(1);
  });

  test('a kernel that says terminate leaves nothing, and comes again as a new one (P15)', () => {
    const desk = new Desk();
    const { gen } = desk.give(1, 0, READ_WRITE);
    desk.returns(1, 0, 4, gen);
    desk.from(1, { kind: 'memory_object_terminate' });
    expect(desk.effects('invalid')).toEqual([]);
    for (const { id } of desk.effects('write')) desk.master.written(id, true);
    expect(desk.master.state.units.size).toBe(0);
    desk.from(3, { kind: 'memory_object_init', pageSize: 8 });
    expect(desk.sent(3, 'memory_object_ready')).toHaveLength(1);
    desk.request(1, 0);
    expect(desk.effects('refused')).toMatchObject([{ kernel: 1, why: 'the kernel has not said init' }]);
  });
});

describe('the store', () => {
  test('neighbours are read at once, and recalled at once', () => {
    const desk = new Desk();
    for (const unit of [2, 0, 1]) desk.request(1, unit);
    const reads = desk.effects('read');
    expect(reads).toMatchObject([{ offset: 0, length: 24 }]);
    for (const { id } of reads)
      desk.master.readDone(
        id,
        Uint8Array.from({ length: 24 }, (_, index) => index),
      );
    expect(desk.sent(1, SUPPLY).map(({ offset, data }) => [offset, data[0]])).toEqual([
      [0, 0],
      [8, 8],
      [16, 16],
    ]);
    for (const unit of [0, 1, 2]) desk.request(2, unit, READ_WRITE);
    expect(desk.sent(1, RECALL)).toMatchObject([{ offset: 0, length: 24 }]);
  });

  test('who reads on is given more each time, without a request and not more than the bound', () => {
    const desk = new Desk({}, { readAhead: 4 });
    const bytes = page(1);
    const given: number[][] = [];
    for (let unit = 0; unit < 20;) {
      desk.request(1, unit);
      for (const { id, length } of desk.effects('read')) desk.master.readDone(id, new Uint8Array(length).fill(1));
      const supplies = desk.sent(1, SUPPLY);
      given.push(supplies.map(({ data }) => data.length / 8));
      expect(supplies[0]?.data).toEqual(bytes);
      expect(supplies.slice(1).every(({ reqId, lock }) => reqId === 0 && lock === VM_PROT.WRITE)).toBe(true);
      unit += supplies.reduce((sum, { data }) => sum + data.length / 8, 0);
    }
    expect(given).toEqual([[1], [1, 2], [1, 4], [1, 4], [1, 4], [1, 4]].slice(0, given.length));
    expect(given.length).toBeGreaterThan(4);
  });

  test('who asks for several pages one by one reads on behind all that it got meanwhile', () => {
    const desk = new Desk({}, { readAhead: 8 });
    const load = (): void => {
      for (const { id, length } of desk.effects('read')) desk.master.readDone(id, new Uint8Array(length).fill(1));
    };
    const given: number[][] = [];
    for (const burst of [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [10, 11],
      // It has been given these, and asked before it got them.
      [12, 13],
      [16, 17],
    ]) {
      for (const unit of burst) desk.request(1, unit);
      for (let turn = 0; turn < 6; turn += 1) load();
      given.push(
        desk
          .sent(1, SUPPLY)
          .filter(({ reqId }) => reqId === 0)
          .map(({ data }) => data.length / 8),
      );
    }
    expect(given).toEqual([[], [2], [4], [], [8]]);
  });

  test('nothing is read ahead that another wants or writes, nor behind the end', () => {
    const desk = new Desk({}, { readAhead: 4, size: 8 * 6 });
    desk.give(2, 3, READ_WRITE);
    desk.give(1, 0);
    desk.request(1, 1);
    expect(desk.effects('read')).toMatchObject([{ offset: 8, length: 16 }]);
    desk.give(2, 4);
    desk.request(2, 5);
    expect(desk.effects('read')).toMatchObject([{ offset: 40, length: 8 }]);
  });

  test('one write of a page at a time; the newest last', () => {
    const desk = new Desk();
    const { gen } = desk.give(1, 0, READ_WRITE);
    desk.returns(1, 0, 4, gen, { kernelCopy: true });
    desk.returns(1, 0, 5, gen, { kernelCopy: true });
    desk.returns(1, 0, 6, gen, { kernelCopy: true });
    const [first, ...more] = desk.effects('write');
    expect([first?.data, more]).toEqual([page(4), []]);
    desk.master.written(first?.id ?? 0, true);
    expect(desk.effects('write')).toMatchObject([{ data: page(6) }]);
  });

  test('what cannot be stored is kept, told, and tried again', () => {
    const desk = new Desk();
    const { gen } = desk.give(1, 0, READ_WRITE);
    desk.returns(1, 0, 4, gen);
    for (const { id } of desk.effects('write')) desk.master.written(id, false);
    expect(desk.effects('failed')).toEqual([{ type: 'failed', offset: 0, length: 8 }]);
    desk.request(2, 0);
    expect(desk.sent(2, SUPPLY)).toMatchObject([{ data: page(4) }]);

    const failing = desk.master.sync();
    for (const { id } of desk.effects('write')) desk.master.written(id, false);
    expect(desk.effects('done')).toEqual([{ type: 'done', job: failing, failed: true }]);
    const job = desk.master.sync();
    for (const { id } of desk.effects('write')) desk.master.written(id, true);
    desk.master.flushed(job, true);
    expect(desk.effects('done')).toEqual([{ type: 'done', job, failed: false }]);
  });

  test('a page that cannot be read harms none that was read with it', () => {
    const desk = new Desk({}, { readAhead: 4 });
    desk.give(1, 0);
    const reqId = desk.request(1, 1);
    for (const { id, length } of desk.effects('read')) {
      expect(length).toBe(24);
      desk.master.readDone(id, 'error');
    }
    const [again, ...others] = desk.effects('read');
    expect([again?.offset, again?.length, others]).toEqual([8, 8, []]);
    desk.master.readDone(again?.id ?? 0, page(2));
    expect(desk.sent(1, SUPPLY)).toMatchObject([{ reqId, data: page(2) }]);
    expect(desk.sent(1, ERROR)).toEqual([]);
  });

  test('a page that cannot be written harms none that was written with it', () => {
    const desk = new Desk();
    for (const unit of [0, 1]) desk.give(1, unit, READ_WRITE);
    const back = { reqId: 0, offset: 0, dirty: true, kernelCopy: true, gen: 99, data: new Uint8Array(16).fill(6) };
    desk.from(1, { kind: 'memory_object_data_return', ...back });
    for (const { id } of desk.effects('write')) desk.master.written(id, false);
    expect(desk.effects('failed')).toEqual([]);
    const alone = desk.effects('write');
    expect(alone).toMatchObject([
      { offset: 0, data: page(6) },
      { offset: 8, data: page(6) },
    ]);
    for (const { id, offset } of alone) desk.master.written(id, offset === 0);
    expect(desk.effects('failed')).toEqual([{ type: 'failed', offset: 8, length: 8 }]);
    expect(desk.effects('write')).toEqual([]);
    const job = desk.master.sync();
    const [clean] = desk.sent(1, RECALL);
    if (clean !== undefined) desk.completed(1, clean);
    for (const { id } of desk.effects('write')) desk.master.written(id, true);
    expect(desk.effects('flush')).toEqual([{ type: 'flush', job }]);
  });

  test('an error is told to who waits, and not remembered (P5)', () => {
    const desk = new Desk();
    const reqId = desk.request(1, 0);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, 'error');
    expect(desk.sent(1, ERROR)).toMatchObject([{ reqId, offset: 0, length: 8 }]);
    expect(desk.master.state.units.size).toBe(0);
    desk.request(1, 0);
    expect(desk.effects('read')).toHaveLength(1);
  });

  test('where there is nothing, one kernel alone makes zeros itself and may write; a second gets what it wrote', () => {
    const desk = new Desk();
    const reqId = desk.request(1, 0);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, 'unavailable');
    expect(desk.sent(1, 'memory_object_data_unavailable')).toMatchObject([{ reqId, offset: 0, length: 8 }]);
    desk.request(2, 0);
    const [recall] = desk.sent(1, RECALL);
    expect(recall).toMatchObject({ lock: VM_PROT.WRITE, shouldReturn: 1 });
    if (recall === undefined) return;
    desk.returns(1, 0, 3, 0, { reqId: recall.reqId, kernelCopy: true });
    desk.completed(1, recall);
    expect(desk.sent(2, SUPPLY)).toMatchObject([{ data: page(3) }]);
  });

  test('a short read is zeros behind', () => {
    const desk = new Desk();
    desk.request(1, 0);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, Uint8Array.of(1, 2));
    expect([...(desk.sent(1, SUPPLY)[0]?.data ?? [])]).toEqual([1, 2, 0, 0, 0, 0, 0, 0]);
  });

  test('data that changed behind the pager: copies are flushed, and what a kernel changed itself wins', () => {
    const desk = new Desk();
    const { gen } = desk.give(1, 0, READ_WRITE);
    desk.give(2, 1);
    const job = desk.master.change(0, 16);
    const [one] = desk.sent(1, RECALL);
    const [two] = desk.sent(2, RECALL);
    expect([one, two]).toMatchObject([
      { shouldFlush: true, shouldReturn: 1 },
      { shouldFlush: true, offset: 8 },
    ]);
    if (one === undefined || two === undefined) return;
    desk.returns(1, 0, 9, gen, { reqId: one.reqId });
    desk.completed(2, two);
    expect(desk.effects('done')).toEqual([]);
    desk.completed(1, one);
    expect(desk.effects('done')).toEqual([{ type: 'done', job, failed: false }]);
    expect(desk.effects('write')).toMatchObject([{ data: page(9) }]);
    expect(desk.master.state.units.get(1)).toBeUndefined();
  });
});

describe('other page sizes, attributes, made objects', () => {
  test('a bigger page is several units, and is recalled as a whole', () => {
    const desk = new Desk({}, {}, 1);
    desk.from(2, { kind: 'memory_object_init', pageSize: 16 });
    desk.request(2, 0, READ_WRITE, 16);
    expect(desk.effects('read')).toMatchObject([{ offset: 0, length: 16 }]);
    desk.request(1, 1);
    for (const [id, unit] of desk.master.state.reads) desk.master.readDone(id, new Uint8Array(unit.count * 8).fill(1));
    expect(desk.sent(2, SUPPLY)).toMatchObject([{ offset: 0, data: new Uint8Array(16).fill(1) }]);
    expect(desk.sent(2, RECALL)).toMatchObject([{ offset: 0, length: 16, lock: VM_PROT.WRITE }]);
  });

  test('of a smaller page a kernel gets the whole unit to read, and may return a part', () => {
    const desk = new Desk({}, {}, 1);
    desk.from(2, { kind: 'memory_object_init', pageSize: 4 });
    desk.request(2, 0, VM_PROT.READ, 4);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, page(1));
    const [supply] = desk.sent(2, SUPPLY);
    expect(supply).toMatchObject({ offset: 0, data: page(1) });
    desk.unlock(2, 0, supply?.gen ?? 0);
    const [weaker] = desk.sent(2, RECALL);
    const data = Uint8Array.of(9, 9, 9, 9);
    const back = { reqId: 0, dirty: true, kernelCopy: false, gen: weaker?.gen ?? 0, data };
    desk.from(2, { kind: 'memory_object_data_return', offset: 4, ...back });
    expect(desk.effects('write')).toMatchObject([{ offset: 4, data }]);
    desk.request(1, 0);
    const [recall] = desk.sent(2, RECALL);
    if (recall !== undefined) desk.completed(2, recall);
    expect(desk.effects('read')).toEqual([]);
    for (const id of desk.master.state.writes.keys()) desk.master.written(id, true);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, Uint8Array.of(1, 1, 1, 1, 9, 9, 9, 9));
    expect([...(desk.sent(1, SUPPLY)[0]?.data ?? [])]).toEqual([1, 1, 1, 1, 9, 9, 9, 9]);
  });

  test('a unit that was read, and then stored while its neighbours were still being read, is read again', () => {
    const desk = new Desk({}, {}, 0);
    desk.from(1, { kind: 'memory_object_init', pageSize: 4 });
    desk.from(2, { kind: 'memory_object_init', pageSize: 16 });
    desk.request(1, 1, READ_WRITE, 4);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, page(1));
    const [{ gen } = { gen: 0 }] = desk.sent(1, SUPPLY);
    desk.request(2, 0, VM_PROT.READ, 16);
    const back = { reqId: 0, offset: 8, dirty: true, kernelCopy: false, gen, data: new Uint8Array(4).fill(9) };
    desk.from(1, { kind: 'memory_object_data_return', ...back });
    desk.from(1, { kind: 'memory_object_terminate' });
    const [neighbour] = desk.effects('read');
    for (const { id } of desk.effects('write')) desk.master.written(id, false);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, page(1));
    desk.master.sync();
    for (const { id } of desk.effects('write')) desk.master.written(id, true);
    desk.master.readDone(neighbour?.id ?? 0, page(2));
    const stored = Uint8Array.of(9, 9, 9, 9, 1, 1, 1, 1);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, stored);
    expect([...(desk.sent(2, SUPPLY)[0]?.data ?? [])]).toEqual([...page(2), ...stored]);
  });

  test('a read-only object: an unlock is flushed, and the write that follows fails (P7)', () => {
    const desk = new Desk({}, { readOnly: true });
    const { gen } = desk.give(1, 0);
    const reqId = desk.unlock(1, 0, gen);
    expect(desk.sent(1, RECALL)).toMatchObject([{ answers: reqId, shouldFlush: true }]);
    const write = desk.request(1, 0, READ_WRITE);
    expect(desk.sent(1, ERROR)).toMatchObject([{ reqId: write }]);
    desk.request(1, 1);
    for (const { id } of desk.effects('read')) desk.master.readDone(id, 'unavailable');
    expect(desk.sent(1, SUPPLY)).toMatchObject([{ lock: VM_PROT.WRITE, data: page(0) }]);
  });

  test('attributes are changed when every kernel has said so, or has gone (P16)', () => {
    const desk = new Desk();
    const job = desk.master.setAttributes(false, COPY_STRATEGY.DELAY);
    const [change] = desk.sent(1, 'memory_object_change_attributes');
    const changed = { mayCache: false, copyStrategy: COPY_STRATEGY.DELAY };
    expect(change).toMatchObject(changed);
    desk.from(2, { kind: 'memory_object_terminate' });
    expect(desk.effects('done')).toEqual([]);
    desk.from(0, { kind: 'memory_object_change_completed', reqId: change?.reqId ?? 0, ...changed });
    expect(desk.effects('done')).toEqual([{ type: 'done', job, failed: false }]);
    desk.from(3, { kind: 'memory_object_init', pageSize: 8 });
    expect(desk.sent(3, 'memory_object_ready')).toMatchObject([changed]);
  });

  test('first contents of a kernel’s object come too late for what was returned', () => {
    const desk = new Desk({}, {}, 0);
    desk.from(1, { kind: 'memory_object_create', size: 64, pageSize: 8 });
    expect(desk.sent(1, 'memory_object_ready')).toEqual([]);
    desk.from(1, { kind: 'memory_object_data_initialize', offset: 0, data: page(1) });
    expect(desk.effects('write')).toMatchObject([{ offset: 0, data: page(1) }]);
    const { gen } = desk.give(1, 1, READ_WRITE);
    desk.returns(1, 1, 2, gen);
    desk.from(1, { kind: 'memory_object_data_initialize', offset: 8, data: page(1) });
    expect(desk.effects('write')).toMatchObject([{ offset: 8, data: page(2) }]);
  });

  test.each([
    ['an object that no kernel has made', {}, 1],
    ['an object that another kernel has made', {}, 2],
    ['an object that nobody may write', { readOnly: true }, 1],
  ])('first contents of %s are refused', (what, options, kernel) => {
    const desk = new Desk({}, options, 0);
    if (what !== 'an object that no kernel has made')
      desk.from(1, { kind: 'memory_object_create', size: 64, pageSize: 8 });
    else desk.from(1, { kind: 'memory_object_init', pageSize: 8 });
    if (kernel === 2) desk.from(2, { kind: 'memory_object_init', pageSize: 8 });
    desk.from(kernel, { kind: 'memory_object_data_initialize', offset: 0, data: page(66) });
    expect(desk.effects('refused')).toMatchObject([{ kernel, kind: 'memory_object_data_initialize' }]);
    expect(desk.effects('write')).toEqual([]);
  });

  test('a kernel that was refused says terminate, and may come again with other pages', () => {
    const desk = new Desk({}, {}, 0);
    desk.from(1, { kind: 'memory_object_init', pageSize: 12 });
    desk.effects('refused');
    desk.from(1, { kind: 'memory_object_terminate' });
    expect(desk.effects('terminated')).toEqual([{ type: 'terminated', kernel: 1 }]);
    expect(desk.effects('refused')).toEqual([]);
  });

  test('a page behind the end is not there, and not read', () => {
    const desk = new Desk({}, { size: 12 });
    desk.give(1, 1);
    const reqId = desk.request(1, 2);
    expect(desk.sent(1, ERROR)).toMatchObject([{ reqId, offset: 16 }]);
    desk.master.setSize(24);
    desk.request(1, 2);
    expect(desk.effects('read')).toMatchObject([{ offset: 16, length: 8 }]);
  });

  test('what is no page of the kernel’s is refused', () => {
    const desk = new Desk();
    desk.from(1, { kind: 'memory_object_data_request', reqId: 1, offset: 4, length: 8, access: 1 });
    desk.request(1, 0, VM_PROT.READ, 2 ** 40);
    expect(desk.sent(1, ERROR)).toHaveLength(2);
    expect(desk.effects('refused')).toHaveLength(2);
  });

  test('the state can be kept, compared and put back', () => {
    const desk = new Desk();
    const { gen } = desk.give(1, 0, READ_WRITE);
    const before = desk.master.snapshot();
    const key = desk.master.key();
    desk.returns(1, 0, 7, gen);
    expect(desk.master.key()).not.toBe(key);
    desk.master.restore(before);
    expect(desk.master.key()).toBe(key);
    desk.returns(1, 0, 7, gen);
    expect(desk.effects('write')).toMatchObject([{ data: page(7) }]);
  });
});

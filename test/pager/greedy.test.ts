import { expect, test } from 'vitest';
import { RULES } from '../../src/pager/rules.ts';
import { VM_PROT } from '../../src/wire/index.ts';
import { Desk } from './desk.ts';

// A kernel that asks for too much: whoever has a send right to an object can be one.

const READ_WRITE = VM_PROT.READ | VM_PROT.WRITE;
const SUPPLY = 'memory_object_data_supply';
const ERROR = 'memory_object_data_error';

test('a request is looked at once for all its units, not once for each', () => {
  let looks = 0;
  const givenUp: typeof RULES.givenUp = (unit) => {
    looks += 1;
    return RULES.givenUp(unit);
  };
  const units = RULES.mostUnits;
  const desk = new Desk({ rules: { givenUp } }, { size: 8 * units });
  const requests = [1, 2].flatMap((kernel) => Array.from({ length: 4 }, () => desk.request(kernel, 0, 1, units * 8)));
  for (let reads = desk.effects('read'); reads.length > 0; reads = desk.effects('read')) {
    for (const { id, length } of reads) desk.master.readDone(id, new Uint8Array(length));
  }
  expect([1, 2].flatMap((kernel) => desk.sent(kernel, SUPPLY))).toHaveLength(requests.length);
  // When it is first in all its queues, and when the read for it has come.
  expect(looks).toBeLessThanOrEqual(requests.length * units * 2);
});

test('a request for more units than a page may have is refused, and so is such a page', () => {
  const desk = new Desk({}, {}, 1);
  const reqId = desk.request(1, 0, VM_PROT.READ, 8 * (RULES.mostUnits + 1));
  expect(desk.sent(1, ERROR)).toMatchObject([{ reqId }]);
  expect(desk.effects('refused')).toHaveLength(1);
  expect(desk.master.state.units.size).toBe(0);
  desk.from(2, { kind: 'memory_object_init', pageSize: 8 * (RULES.mostUnits + 1) });
  expect(desk.sent(2, 'memory_object_destroy')).toHaveLength(1);
  desk.from(3, { kind: 'memory_object_init', pageSize: 8 * RULES.mostUnits });
  expect(desk.sent(3, 'memory_object_ready')).toHaveLength(1);
});

test('of a kernel that goes on asking only some requests wait; others, and it later, are answered', () => {
  const desk = new Desk();
  const asked = Array.from({ length: 200 }, () => desk.request(1, 0));
  const refused = desk.sent(1, ERROR).map(({ reqId }) => reqId);
  expect(refused).toEqual(asked.slice(128));
  desk.give(2, 1);
  while (desk.sent(1, SUPPLY).length === 0 || desk.master.state.requests.size > 0) {
    for (const { id } of desk.effects('read')) desk.master.readDone(id, new Uint8Array(8));
  }
  desk.request(1, 2);
  expect(desk.sent(1, ERROR)).toEqual([]);
});

test('of unlocks, too: beyond them it is made to ask anew', () => {
  const desk = new Desk();
  const { gen } = desk.give(1, 0);
  desk.give(2, 0);
  const asked = Array.from({ length: 600 }, () => desk.unlock(1, 0, gen));
  const flushes = desk.sent(1, 'memory_object_lock_request').filter(({ shouldFlush }) => shouldFlush);
  expect(flushes.map(({ answers }) => answers)).toEqual(asked.slice(512));
  const [recall] = desk.sent(2, 'memory_object_lock_request');
  if (recall !== undefined) desk.completed(2, recall);
  expect(desk.master.state.requests.size).toBe(0);
  expect(desk.master.state.kernels.get(1)).toMatchObject({ requests: 0, unlocks: 0 });
  desk.request(2, 0, READ_WRITE);
  expect(desk.sent(1, 'memory_object_lock_request').some(({ shouldFlush }) => shouldFlush)).toBe(true);
});

import { describe, expect, test } from 'vitest';
import { DISP } from '../../src/kernel/index.ts';
import { Machine, need } from './support.ts';

const { COPY_SEND, MAKE_SEND, MAKE_SEND_ONCE } = DISP;
const MANY = 100_000;

/** Each would take minutes if a single step of it looked at all the others; the bound is the runner's time limit. */
describe('no call looks at more than it names', () => {
  test('100,000 ports are made, and freed in any order', () => {
    const a = new Machine().task();
    const names = Array.from({ length: MANY }, () => a.port());
    for (let i = 0; i < MANY; i += 1) a.destroy(need(names[(i * 7919) % MANY]));
    expect(a.do({ op: 'port_names' }).names).toEqual([a.self]);
  });

  test('100,000 calls wait for their replies on one port; any one is found to be aborted', () => {
    const m = new Machine();
    const [a, b] = [m.task(), m.task()];
    const [inbox, reply] = [b.port(), a.port()];
    const dest = { disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) };
    for (let tag = 1; tag <= MANY; tag += 1) {
      a.send(dest, { reply: { disp: MAKE_SEND_ONCE, name: reply }, tag });
      b.receive(inbox);
    }
    for (let tag = 1; tag <= MANY; tag += 1) a.do({ op: 'abort', replyPort: reply, tag });
    expect(m.effects()).toHaveLength(MANY);
    b.end();
    expect(a.status(reply).msgcount).toBe(MANY);
  });

  test('100,000 blocked sends are cancelled from anywhere', () => {
    const m = new Machine();
    const [a, b] = [m.task(), m.task()];
    const inbox = b.port();
    const dest = { disp: COPY_SEND, name: b.give(a, MAKE_SEND, inbox) };
    b.do({ op: 'port_set_qlimit', name: inbox, qlimit: 0 });
    for (let sendId = 0; sendId < MANY; sendId += 1) a.send(dest, {}, { sendId });
    for (let i = 0; i < MANY; i += 1) {
      a.call({ op: 'send_cancel', sendId: (i * 7919) % MANY, code: 'MACH_SEND_INTERRUPTED' });
    }
    expect(m.kernel.inspect().ports.map((port) => port.blocked)).toEqual([0, 0, 0]);
  });
});

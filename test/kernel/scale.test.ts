import { describe, expect, test } from 'vitest';
import { DISP, NOTIFY } from '../../src/kernel/index.ts';
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
    const m = new Machine({ pendingCalls: MANY });
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

  test('a chain of 100,000 ports in each other’s queues dies, and one that goes to a backup stops it', () => {
    const m = new Machine();
    const [a, b] = [m.task(), m.task()];
    const backup = b.port();
    const ports = Array.from({ length: MANY }, () => a.port());
    a.do({
      op: 'port_request_notification',
      name: need(ports[10]),
      variant: NOTIFY.PORT_DESTROYED,
      sync: 0,
      notify: { disp: DISP.MOVE_SEND_ONCE, name: b.give(a, MAKE_SEND_ONCE, backup) },
      tag: 0,
    });
    for (let i = 1; i < MANY; i += 1) {
      a.send(
        { disp: MAKE_SEND, name: need(ports[i]) },
        { rights: [{ disp: DISP.MOVE_RECEIVE, name: need(ports[i - 1]) }] },
      );
    }
    a.destroy(need(ports[MANY - 1]));
    expect(a.do({ op: 'port_names' }).names).toEqual([a.self]);
    expect(m.kernel.inspect().ports).toHaveLength(14);
    b.end();
    expect(m.kernel.inspect().ports).toHaveLength(1);
  });

  test('100,000 delivered ports behind each other are taken back', () => {
    const m = new Machine();
    const a = m.task();
    const first = a.port();
    a.do({ op: 'serve', name: first });
    let name = first;
    for (let i = 1; i < MANY; i += 1) {
      a.send({ disp: MAKE_SEND, name }, { rights: [{ disp: DISP.MOVE_RECEIVE, name: a.port() }] });
      name = need(need(m.delivered()[0]).rights[0]).name;
      a.do({ op: 'serve', name });
    }
    a.do({ op: 'drained', name: first, taken: 0 });
    expect(a.do({ op: 'port_names' }).names).toEqual([a.self, first]);
  });

  test('100,000 ports in one set: its messages come one by one', () => {
    const m = new Machine();
    const [a, b] = [m.task(), m.task()];
    const set = b.set();
    for (let i = 0; i < MANY; i += 1) {
      const port = b.port();
      b.move(port, set);
      const name = b.give(a, MAKE_SEND, port);
      a.send({ disp: COPY_SEND, name }, { payload: i });
    }
    for (let i = 0; i < MANY; i += 1) expect(b.receive(set)?.payload).toBe(i);
    b.destroy(set);
    expect(b.receive(b.port())).toBeUndefined();
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

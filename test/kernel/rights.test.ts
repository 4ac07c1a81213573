import { describe, expect, test } from 'vitest';
import { DISP, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { Machine, need, pair } from './support.ts';
import type { TestTask } from './support.ts';

const DEAD = 0xffff_ffff;
const ALL = [17, 18, 19, 20, 21];

/** A task whose port `inbox` another can send to, and the sender's name for it. */
/** Names of `a` for each kind of entry. */
const ENTRIES: Record<string, { make: (a: TestTask, b: TestTask) => number; allowed: number[] }> = {
  send: { make: (a, b) => b.give(a, DISP.MAKE_SEND, b.port()), allowed: [17, 19] },
  'send and receive': { make: (a) => a.makeSend(a.port()), allowed: [17, 19, 20, 21] },
  receive: { make: (a) => a.port(), allowed: [20, 21] },
  'send-once': { make: (a, b) => b.give(a, DISP.MAKE_SEND_ONCE, b.port()), allowed: [18] },
  'dead name': { make: (a) => a.dead(), allowed: [17, 18, 19] },
};

describe('mach.md §4: what the sender must hold', () => {
  for (const [kind, { make, allowed }] of Object.entries(ENTRIES)) {
    test.each(ALL)(`disposition %i of a ${kind}`, (disp) => {
      const { a, b, inbox, to } = pair();
      const { code } = a.send({ disp: DISP.COPY_SEND, name: to }, { rights: [{ disp, name: make(a, b) }] });
      expect(code).toBe(allowed.includes(disp) ? 0 : 'MACH_SEND_INVALID_RIGHT');
      if (code === 0) {
        const disps = b.receive(inbox)?.rights.map((right) => right.disp);
        expect(disps).toEqual([disp === 18 || disp === 21 ? DISP.MOVE_SEND_ONCE : DISP.MOVE_SEND]);
      }
    });
  }

  test('MOVE_SEND costs one reference, COPY_SEND none, MAKE_SEND none but mscount + 1', () => {
    const { a, b, inbox, to } = pair();
    const port = a.makeSend(a.port());
    a.makeSend(port);
    const { mscount } = a.status(port);
    for (const disp of [DISP.MOVE_SEND, DISP.COPY_SEND, DISP.MAKE_SEND, DISP.MAKE_SEND_ONCE]) {
      a.send({ disp: DISP.COPY_SEND, name: to }, { rights: [{ disp, name: port }] });
    }
    expect(a.refs(port, RIGHT.SEND)).toBe(1);
    expect(a.status(port).mscount).toBe(mscount + 1);
    for (let i = 0; i < 4; i += 1) b.receive(inbox);
  });

  test('moving the last reference frees the name, but not the receive right under it', () => {
    const { a, b, to } = pair();
    const foreign = b.give(a, DISP.MAKE_SEND, b.port());
    const own = a.makeSend(a.port());
    const rights = [foreign, own].map((name) => ({ disp: DISP.MOVE_SEND, name }));
    a.send({ disp: DISP.COPY_SEND, name: to }, { rights });
    expect(a.type(foreign)).toBeUndefined();
    expect(a.type(own)).toBe(TYPE.RECEIVE);
  });

  test('on a dead name the moves eat one reference and DEAD arrives, of the kind that was asked for', () => {
    const { a, b, inbox, to } = pair();
    const dead = a.dead();
    a.do({ op: 'port_mod_refs', name: dead, right: RIGHT.DEAD_NAME, delta: 2 });
    const rights = [17, 18, 19].map((disp) => ({ disp, name: dead }));
    a.send({ disp: DISP.COPY_SEND, name: to }, { rights });
    expect(a.refs(dead, RIGHT.DEAD_NAME)).toBe(1);
    expect(b.receive(inbox)?.rights).toEqual([17, 18, 17].map((disp) => ({ disp, name: DEAD })));
  });
});

describe('mach.md §5: what the receiver gets', () => {
  test('a send right joins the name for its port, a send-once right never does', () => {
    const { a, b, inbox, to } = pair();
    const known = a.give(b, DISP.MAKE_SEND, need(a.port()));
    const again = b.give(a, DISP.COPY_SEND, known);
    a.send({ disp: DISP.COPY_SEND, name: to }, { rights: [20, 21, 21].map((disp) => ({ disp, name: again })) });
    const names = need(b.receive(inbox)).rights.map((right) => right.name);
    expect(names[0]).toBe(known);
    expect(b.refs(known, RIGHT.SEND)).toBe(2);
    expect(new Set(names).size).toBe(3);
  });

  test('it joins a pure receive right too', () => {
    const { a, b, inbox, to } = pair();
    a.send({ disp: DISP.COPY_SEND, name: to }, { rights: [{ disp: DISP.COPY_SEND, name: to }] });
    expect(b.receive(inbox)?.rights).toEqual([{ disp: DISP.MOVE_SEND, name: inbox }]);
    expect(b.type(inbox)).toBe(TYPE.SEND + TYPE.RECEIVE);
  });

  test('at 65534 references the next one is dropped in silence', () => {
    const { a, b, inbox, to } = pair();
    const port = a.port();
    const known = a.give(b, DISP.MAKE_SEND, port);
    b.do({ op: 'port_mod_refs', name: known, right: RIGHT.SEND, delta: 65_533 });
    a.send({ disp: DISP.COPY_SEND, name: to }, { rights: [{ disp: DISP.MAKE_SEND, name: port }] });
    expect(b.receive(inbox)?.rights).toEqual([{ disp: DISP.MOVE_SEND, name: known }]);
    expect(b.refs(known, RIGHT.SEND)).toBe(65_534);
    b.destroy(known);
    expect(a.status(port).srights).toBe(false);
  });

  test('if the port died on the way DEAD arrives and no entry, even with an old name for it', () => {
    const { a, b, inbox, to } = pair();
    const port = a.port();
    const old = a.give(b, DISP.MAKE_SEND, port);
    const rights = [20, 21].map((disp) => ({ disp, name: port }));
    a.send({ disp: DISP.COPY_SEND, name: to }, { rights });
    a.destroy(port);
    expect(b.receive(inbox)?.rights).toEqual([17, 18].map((disp) => ({ disp, name: DEAD })));
    expect(b.refs(old, RIGHT.DEAD_NAME)).toBe(1);
  });

  test('NULL and DEAD travel unchanged', () => {
    const { a, b, inbox, to } = pair();
    const rights = [0, DEAD].flatMap((name) => [17, 21].map((disp) => ({ disp, name })));
    a.send({ disp: DISP.COPY_SEND, name: to }, { rights });
    expect(b.receive(inbox)?.rights).toEqual([0, DEAD].flatMap((name) => [17, 18].map((disp) => ({ disp, name }))));
  });

  test('without room for a name the right is destroyed and NULL arrives; without room for the reply, the header alone', () => {
    const m = new Machine({ namesPerTask: 5 });
    const [a, b] = [m.task(), m.task()];
    const inbox = b.port();
    const to = b.give(a, DISP.MAKE_SEND, inbox);
    const port = a.port();
    for (let i = 0; i < 3; i += 1) b.dead();
    a.send(
      { disp: DISP.COPY_SEND, name: to },
      { rights: [{ disp: DISP.MAKE_SEND_ONCE, name: port }], payload: 'body' },
    );
    expect(b.poll(inbox)).toMatchObject({
      code: 'MACH_RCV_BODY_ERROR',
      message: { payload: 'body', rights: [{ disp: 18, name: 0 }] },
    });
    a.send({ disp: DISP.COPY_SEND, name: to }, { reply: { disp: DISP.MAKE_SEND_ONCE, name: port } });
    expect(b.poll(inbox)).toMatchObject({
      code: 'MACH_RCV_HEADER_ERROR',
      message: { remote: { disp: 18, name: 0 }, headerOnly: true },
    });
    expect(a.notifications(port).map((note) => note?.id)).toEqual([71, 71]);
    expect(a.status(port)).toMatchObject({ sorights: 0, msgcount: 0 });
  });
});

import { describe, expect, test } from 'vitest';
import { DISP, RIGHT, TYPE } from '../../src/kernel/index.ts';
import { Machine, need } from './support.ts';

const DEAD = 0xffff_ffff;
const OWN = 0x4000_0000;

describe('mach.md §3: allocate, allocate_name', () => {
  test('receive rights and dead names; any other right is refused', () => {
    const a = new Machine().task();
    expect(a.type(a.port())).toBe(TYPE.RECEIVE);
    const dead = a.dead();
    expect(a.type(dead)).toBe(TYPE.DEAD_NAME);
    expect(a.refs(dead, RIGHT.DEAD_NAME)).toBe(1);
    for (const right of [RIGHT.SEND, RIGHT.SEND_ONCE, 5, -1, Number.NaN]) {
      expect(a.code({ op: 'port_allocate', right })).toBe('KERN_INVALID_VALUE');
    }
  });

  test('a bad right is found before a name in use', () => {
    const a = new Machine().task();
    expect(a.code({ op: 'port_allocate_name', right: 9, name: a.self })).toBe('KERN_INVALID_VALUE');
    expect(a.code({ op: 'port_allocate_name', right: RIGHT.RECEIVE, name: a.self })).toBe('KERN_NAME_EXISTS');
    for (const name of [0, DEAD, -1, 1.5, 2 ** 32, Number.NaN]) {
      expect(a.code({ op: 'port_allocate_name', right: RIGHT.RECEIVE, name })).toBe('KERN_INVALID_VALUE');
    }
  });

  test('names that tasks pick and names that the kernel picks live side by side', () => {
    const a = new Machine().task();
    expect(a.code({ op: 'port_allocate_name', right: RIGHT.RECEIVE, name: OWN })).toBe(0);
    expect(a.code({ op: 'port_allocate_name', right: RIGHT.RECEIVE, name: a.self + 1 })).toBe(0);
    expect(a.port()).toBe(a.self + 2);
  });

  test('a freed name is not the next one given', () => {
    const a = new Machine().task();
    const name = a.port();
    a.destroy(name);
    expect(a.port()).not.toBe(name);
  });

  test('limits: names, and ports', () => {
    const a = new Machine({ namesPerTask: 3, portsPerTask: 1 }).task();
    const port = a.port();
    expect(a.code({ op: 'port_allocate', right: RIGHT.RECEIVE })).toBe('KERN_RESOURCE_SHORTAGE');
    a.dead();
    expect(a.code({ op: 'port_allocate', right: RIGHT.DEAD_NAME })).toBe('KERN_NO_SPACE');
    expect(a.code({ op: 'port_allocate_name', right: RIGHT.DEAD_NAME, name: OWN })).toBe('KERN_NO_SPACE');
    a.destroy(port);
    expect(a.port()).toBeGreaterThan(0);
  });
});

describe('limits: ports', () => {
  test('a receive right that was sent counts until somebody has it, or it is dead', () => {
    const m = new Machine({ portsPerTask: 2 });
    const [a, b] = [m.task(), m.task()];
    const inbox = b.port();
    const dest = { disp: DISP.COPY_SEND, name: b.give(a, DISP.MAKE_SEND, inbox) };
    const allocate = () => a.code({ op: 'port_allocate', right: RIGHT.RECEIVE });
    const post = (name: number) => a.send(dest, { rights: [{ disp: DISP.MOVE_RECEIVE, name }] });
    const first = a.port();
    const second = a.port();
    post(first);
    post(second);
    expect(allocate()).toBe('KERN_RESOURCE_SHORTAGE');
    b.receive(inbox);
    expect([allocate(), allocate()]).toEqual([0, 'KERN_RESOURCE_SHORTAGE']);
    b.destroy(inbox);
    expect(allocate()).toBe(0);
  });
});

describe('mach.md §17: NULL and DEAD', () => {
  test.each([0, DEAD])('%i is the name of nothing', (name) => {
    const a = new Machine().task();
    const notify = { disp: DISP.MAKE_SEND_ONCE, name: a.port() };
    for (const trap of [
      { op: 'port_type', name },
      { op: 'port_get_refs', name, right: RIGHT.SEND },
      { op: 'port_mod_refs', name, right: RIGHT.DEAD_NAME, delta: -1 },
      { op: 'port_deallocate', name },
      { op: 'port_destroy', name },
      { op: 'port_rename', old: name, name: OWN },
      { op: 'port_extract_right', name, disp: DISP.COPY_SEND },
      { op: 'port_move_member', member: name, set: 0 },
      { op: 'port_get_set_status', name },
      { op: 'port_get_receive_status', name },
      { op: 'port_set_qlimit', name, qlimit: 1 },
      { op: 'port_request_notification', name, variant: 72, sync: 0, notify, tag: 0 },
    ] as const) {
      expect([trap.op, a.code(trap)]).toEqual([trap.op, 'KERN_INVALID_NAME']);
    }
    expect(a.code({ op: 'port_move_member', member: notify.name, set: DEAD })).toBe('KERN_INVALID_NAME');
    expect(a.send({ disp: DISP.COPY_SEND, name }).code).toBe('MACH_SEND_INVALID_DEST');
    expect(a.poll(name).code).toBe('MACH_RCV_INVALID_NAME');
  });
});

describe('mach.md §3: rename', () => {
  test('the new name is checked first, so renaming to itself is NAME_EXISTS', () => {
    const a = new Machine().task();
    const name = a.port();
    expect(a.code({ op: 'port_rename', old: 999, name: DEAD })).toBe('KERN_INVALID_VALUE');
    expect(a.code({ op: 'port_rename', old: 999, name })).toBe('KERN_NAME_EXISTS');
    expect(a.code({ op: 'port_rename', old: name, name })).toBe('KERN_NAME_EXISTS');
    expect(a.code({ op: 'port_rename', old: 999, name: OWN })).toBe('KERN_INVALID_NAME');
  });

  test('keeps references and requests; later notifications carry the new name', () => {
    const m = new Machine();
    const [a, b] = [m.task(), m.task()];
    const port = b.port();
    const name = b.give(a, DISP.MAKE_SEND, port);
    const notify = a.port();
    a.watch(72, name, notify);
    a.do({ op: 'port_rename', old: name, name: OWN });
    expect(a.type(name)).toBeUndefined();
    expect(a.type(OWN)).toBe(TYPE.SEND + TYPE.DNREQUEST);
    b.destroy(port);
    expect(a.notifications(notify)).toEqual([{ id: 72, name: OWN }]);
  });
});

describe('mach.md §3: type, names, get_refs', () => {
  test('names() lists everything with its type', () => {
    const a = new Machine().task();
    const [port, dead] = [a.port(), a.dead()];
    a.makeSend(port);
    const once = a.makeOnce(port);
    const { names, types } = a.do({ op: 'port_names' });
    expect(names?.map((name, i) => [name, types?.[i]])).toEqual([
      [a.self, TYPE.SEND],
      [port, TYPE.SEND + TYPE.RECEIVE],
      [dead, TYPE.DEAD_NAME],
      [once, TYPE.SEND_ONCE],
    ]);
  });

  test('get_refs: a right that the entry lacks counts 0; a right out of range is found before the name', () => {
    const a = new Machine().task();
    const port = a.port();
    expect(a.refs(port, RIGHT.SEND)).toBe(0);
    expect(a.refs(port, RIGHT.RECEIVE)).toBe(1);
    expect(a.code({ op: 'port_get_refs', name: 999, right: 5 })).toBe('KERN_INVALID_VALUE');
    expect(a.code({ op: 'port_get_refs', name: 999, right: 0 })).toBe('KERN_INVALID_NAME');
    expect(a.code({ op: 'port_type', name: 999 })).toBe('KERN_INVALID_NAME');
  });
});

describe('mach.md §3: mod_refs', () => {
  const setup = () => {
    const a = new Machine().task();
    const port = a.port();
    a.makeSend(port);
    const mod = (name: number, right: number, delta: number) => a.code({ op: 'port_mod_refs', name, right, delta });
    return { a, port, mod };
  };

  test('checks: right out of range, no entry, entry lacks it', () => {
    const { port, mod } = setup();
    expect(mod(999, 5, 0)).toBe('KERN_INVALID_VALUE');
    expect(mod(999, 0, 0)).toBe('KERN_INVALID_NAME');
    expect(mod(port, RIGHT.SEND_ONCE, -7)).toBe('KERN_INVALID_RIGHT');
    expect(mod(port, RIGHT.SEND, 0.5)).toBe('KERN_INVALID_VALUE');
  });

  test.each([RIGHT.RECEIVE, RIGHT.SEND_ONCE])('right %i: 0 is fine, -1 destroys, all else is refused', (right) => {
    const { a, mod } = setup();
    const port = a.port();
    const name = right === RIGHT.RECEIVE ? port : a.makeOnce(port);
    for (const delta of [1, -2, 70_000]) expect(mod(name, right, delta)).toBe('KERN_INVALID_VALUE');
    expect(mod(name, right, 0)).toBe(0);
    expect(mod(name, right, -1)).toBe(0);
    expect(a.type(name)).toBeUndefined();
  });

  test('send: 65534 at most, never below 0; at 0 the name stays if it is also the receive right', () => {
    const { a, port, mod } = setup();
    expect(mod(port, RIGHT.SEND, -2)).toBe('KERN_INVALID_VALUE');
    expect(mod(port, RIGHT.SEND, 65_534)).toBe('KERN_UREFS_OVERFLOW');
    expect(mod(port, RIGHT.SEND, 65_533)).toBe(0);
    expect(a.refs(port, RIGHT.SEND)).toBe(65_534);
    expect(mod(port, RIGHT.SEND, -65_534)).toBe(0);
    expect(a.type(port)).toBe(TYPE.RECEIVE);
  });

  test('dead name: 65535 at most; 0 frees the name', () => {
    const { a, mod } = setup();
    const dead = a.dead();
    expect(mod(dead, RIGHT.DEAD_NAME, 65_535)).toBe('KERN_UREFS_OVERFLOW');
    expect(mod(dead, RIGHT.DEAD_NAME, 65_534)).toBe(0);
    expect(mod(dead, RIGHT.DEAD_NAME, -65_536)).toBe('KERN_INVALID_VALUE');
    expect(mod(dead, RIGHT.DEAD_NAME, -65_535)).toBe(0);
    expect(a.type(dead)).toBeUndefined();
  });
});

describe('mach.md §3: deallocate, destroy', () => {
  test('deallocate drops one reference of a send, send-once or dead name; a pure receive right is refused', () => {
    const a = new Machine().task();
    const port = a.port();
    expect(a.code({ op: 'port_deallocate', name: port })).toBe('KERN_INVALID_RIGHT');
    expect(a.code({ op: 'port_deallocate', name: 999 })).toBe('KERN_INVALID_NAME');
    a.makeSend(port);
    a.makeSend(port);
    a.do({ op: 'port_deallocate', name: port });
    expect(a.refs(port, RIGHT.SEND)).toBe(1);
    a.do({ op: 'port_deallocate', name: port });
    expect(a.type(port)).toBe(TYPE.RECEIVE);
    const once = a.makeOnce(port);
    a.do({ op: 'port_deallocate', name: once });
    expect(a.type(once)).toBeUndefined();
  });

  test('destroy drops all references at once', () => {
    const a = new Machine().task();
    const port = a.port();
    a.makeSend(port);
    a.makeSend(port);
    a.destroy(port);
    expect(a.type(port)).toBeUndefined();
    expect(a.code({ op: 'port_destroy', name: port })).toBe('KERN_INVALID_NAME');
  });
});

describe('mach.md §3: insert_right', () => {
  const setup = () => {
    const m = new Machine();
    const [a, b] = [m.task(), m.task()];
    const port = a.port();
    const insert = (name: number, disp: number, right: number, target = 0) =>
      a.code({ op: 'port_insert_right', name, right: { disp, name: right } }, target);
    return { m, a, b, port, insert };
  };

  test('a bad target is MACH_SEND_INVALID_DEST, before all else', () => {
    const { a, port, insert } = setup();
    const sender = a.makeSend(a.port());
    for (const target of [999, port, sender, a.dead()])
      expect(insert(DEAD, 99, 999, target)).toBe('MACH_SEND_INVALID_DEST');
  });

  test('codes of the copy in, then of the name, then of the right', () => {
    const { a, port, insert } = setup();
    expect(insert(0, 22, 999)).toBe('KERN_INVALID_VALUE');
    expect(insert(0, DISP.COPY_SEND, 999)).toBe('KERN_INVALID_NAME');
    expect(insert(0, DISP.COPY_SEND, port)).toBe('KERN_INVALID_RIGHT');
    expect(insert(0, DISP.MAKE_SEND, port)).toBe('KERN_INVALID_VALUE');
    expect(insert(DEAD, DISP.COPY_SEND, 0)).toBe('KERN_INVALID_VALUE');
    for (const nothing of [0, DEAD, a.dead()])
      expect(insert(OWN, DISP.COPY_SEND, nothing)).toBe('KERN_INVALID_CAPABILITY');
  });

  test('RIGHT_EXISTS wins over NAME_EXISTS; the same name adds a reference, up to the limit', () => {
    const { a, port, insert } = setup();
    expect(insert(a.self, DISP.MAKE_SEND, port)).toBe('KERN_RIGHT_EXISTS');
    expect(insert(port, DISP.MAKE_SEND, port)).toBe(0);
    a.do({ op: 'port_mod_refs', name: port, right: RIGHT.SEND, delta: 65_533 });
    expect(insert(port, DISP.MAKE_SEND, port)).toBe('KERN_UREFS_OVERFLOW');
    expect(a.refs(port, RIGHT.SEND)).toBe(65_534);
    expect(insert(a.self, DISP.MAKE_SEND_ONCE, port)).toBe('KERN_NAME_EXISTS');
  });

  test('into another task, through its task port', () => {
    const { a, b, port, insert } = setup();
    const target = b.give(a, DISP.COPY_SEND, b.self);
    expect(insert(OWN, DISP.MAKE_SEND, port, target)).toBe(0);
    expect(b.type(OWN)).toBe(TYPE.SEND);
    b.end();
    expect(insert(OWN, DISP.MAKE_SEND, port, target)).toBe('MACH_SEND_INVALID_DEST');
  });

  test('what was copied in before a refusal is destroyed, not returned', () => {
    const { a, port, insert } = setup();
    const once = a.makeOnce(port);
    expect(insert(a.self, DISP.MOVE_SEND_ONCE, once)).toBe('KERN_NAME_EXISTS');
    expect(a.type(once)).toBeUndefined();
    expect(a.notifications(port)).toEqual([{ id: 71, handled: 'maybe' }]);
  });

  test('no room in the target', () => {
    const m = new Machine({ namesPerTask: 2 });
    const [a, b] = [m.task(), m.task()];
    const port = a.port();
    b.dead();
    const target = b.give(b, DISP.COPY_SEND, b.self);
    expect(b.code({ op: 'port_insert_right', name: OWN, right: { disp: DISP.COPY_SEND, name: b.self } }, target)).toBe(
      'KERN_RIGHT_EXISTS',
    );
    expect(m.kernel.grant(a.id, { disp: DISP.MAKE_SEND, name: port }, b.id).code).toBe('KERN_NO_SPACE');
    expect(a.status(port).mscount).toBe(0);
  });
});

describe('mach.md §3: extract_right', () => {
  test('codes, and a dead name that comes out as DEAD', () => {
    const m = new Machine();
    const [a, b] = [m.task(), m.task()];
    const target = b.give(a, DISP.COPY_SEND, b.self);
    const extract = (name: number, disp: number) => a.call({ op: 'port_extract_right', name, disp }, target);
    const port = b.port();
    expect(a.code({ op: 'port_extract_right', name: port, disp: 99 }, 999)).toBe('MACH_SEND_INVALID_DEST');
    expect(extract(999, 99).code).toBe('KERN_INVALID_VALUE');
    expect(extract(999, DISP.COPY_SEND).code).toBe('KERN_INVALID_NAME');
    expect(extract(port, DISP.COPY_SEND).code).toBe('KERN_INVALID_RIGHT');
    const dead = b.dead();
    expect(extract(dead, DISP.MAKE_SEND).code).toBe('KERN_INVALID_RIGHT');
    expect(extract(dead, DISP.COPY_SEND)).toEqual({ code: 0, disp: 17, name: DEAD });
    expect(extract(dead, DISP.MOVE_SEND_ONCE)).toEqual({ code: 0, disp: 18, name: DEAD });
    expect(b.type(dead)).toBeUndefined();
    const { name } = extract(port, DISP.MAKE_SEND);
    expect(a.type(need(name))).toBe(TYPE.SEND);
    expect(extract(port, DISP.MAKE_SEND).name).toBe(name);
    expect(a.refs(need(name), RIGHT.SEND)).toBe(2);
  });
});

describe('mach.md §3: get_receive_status, set_qlimit, set_mscount, set_seqno', () => {
  test('a new port', () => {
    const a = new Machine().task();
    expect(a.status(a.port())).toEqual({
      seqno: 0,
      mscount: 0,
      qlimit: 5,
      msgcount: 0,
      sorights: 0,
      srights: false,
      pdrequest: false,
      nsrequest: false,
      pset: 0,
    });
  });

  test('qlimit: the value is checked before the name', () => {
    const a = new Machine().task();
    const port = a.port();
    const set = (name: number, qlimit: number) => a.code({ op: 'port_set_qlimit', name, qlimit });
    for (const bad of [-1, 1025, 1.5, Number.NaN]) expect(set(999, bad)).toBe('KERN_INVALID_VALUE');
    expect(set(999, 5)).toBe('KERN_INVALID_NAME');
    expect(set(a.self, 5)).toBe('KERN_INVALID_RIGHT');
    expect(set(port, 1024)).toBe(0);
    expect(a.status(port).qlimit).toBe(1024);
  });

  test('mscount and seqno take any value', () => {
    const a = new Machine().task();
    const port = a.port();
    a.do({ op: 'port_set_mscount', name: port, mscount: 0xffff_ffff });
    a.do({ op: 'port_set_seqno', name: port, seqno: 0xffff_ffff });
    a.makeOnce(port);
    expect(a.status(port)).toMatchObject({ mscount: 0xffff_ffff, seqno: 0xffff_ffff, sorights: 1 });
    a.makeSend(port);
    expect(a.status(port)).toMatchObject({ mscount: 0, srights: true });
    a.send({ disp: DISP.COPY_SEND, name: port });
    expect(a.receive(port)?.seqno).toBe(0xffff_ffff);
    expect(a.status(port).seqno).toBe(0);
    a.do({ op: 'port_set_mscount', name: port, mscount: 2 ** 32 + 5 });
    a.do({ op: 'port_set_seqno', name: port, seqno: -1 });
    expect(a.status(port)).toMatchObject({ mscount: 5, seqno: 0xffff_ffff });
    for (const op of ['port_set_mscount', 'port_set_seqno'] as const) {
      expect(a.code({ op, name: 999, mscount: 0, seqno: 0 })).toBe('KERN_INVALID_NAME');
      expect(a.code({ op, name: a.self, mscount: 0, seqno: 0 })).toBe('KERN_INVALID_RIGHT');
    }
  });
});

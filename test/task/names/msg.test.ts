import { bind, DISP, type MsgOptions, type Named, named, portOf, RIGHT, TYPE } from 'easync';
import { describe, expect, test } from 'vitest';
import { encodeHead, MESSAGES } from '../../../src/wire/index.ts';
import { Lab, LAB, Sub } from '../../support/lab.ts';
import { once, port, to } from '../../support/by-name.ts';
import { testSystem } from '../../support/system.ts';

const NONE = { disp: 0, name: 0 };

describe('msg', () => {
  test('carries any body, its rights in their places, and the header swapped', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const [a, b] = [await port(t.sys.task), await port(t.sys.task)];
    const body = {
      text: 'hi',
      list: [named(DISP.COPY_SEND, b), { deep: named(DISP.MAKE_SEND_ONCE, b) }],
      when: new Date(5),
    };
    expect(await traps.msg({ send: { remote: to(a), local: once(b), id: 77, body } })).toEqual({ code: 0 });
    const { code, message } = await traps.msg({ receive: { name: a } });
    expect(code).toBe(0);
    const arrived = message?.body as typeof body;
    const [send, { deep }] = arrived.list as [Named, { deep: Named }];
    expect(message).toEqual({
      remote: { disp: DISP.MOVE_SEND_ONCE, name: expect.any(Number) as number },
      local: { disp: DISP.MOVE_SEND, name: a },
      seqno: 0,
      id: 77,
      body: { text: 'hi', list: [{ disp: 17, name: b }, { deep: { disp: 18, name: deep.name } }], when: new Date(5) },
      complex: true,
      size: expect.any(Number) as number,
      tag: 0,
    });
    expect(send).toBeInstanceOf(named(0, 0).constructor);
    expect(await traps.port_get_refs(b, RIGHT.SEND)).toEqual({ code: 0, value: 2 });
    // The reply right is one to send to, and the right of the body too.
    await traps.msg({ send: { remote: to(message?.remote.name ?? 0, DISP.MOVE_SEND_ONCE), body: 'reply' } });
    await traps.msg({ send: { remote: to(deep.name, DISP.MOVE_SEND_ONCE), body: 'also' } });
    expect(await traps.msg({ receive: { name: b } })).toMatchObject({ message: { body: 'reply', complex: false } });
    expect(await traps.msg({ receive: { name: b } })).toMatchObject({
      message: { body: 'also', seqno: 1, remote: NONE },
    });
    await traps.port_destroy(a);
    await traps.port_destroy(b);
  });

  test('a right that stands in a body twice is two rights', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    const one = named(DISP.COPY_SEND, a);
    await traps.msg({ send: { remote: to(a), body: [one, one] } });
    const { message } = await traps.msg({ receive: { name: a } });
    expect(message?.body).toEqual([to(a, DISP.MOVE_SEND), to(a, DISP.MOVE_SEND)]);
    expect(await traps.port_get_refs(a, RIGHT.SEND)).toEqual({ code: 0, value: 3 });
    await traps.port_destroy(a);
  });

  test('complex: false makes no right of anything', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    const body = { right: named(DISP.MOVE_RECEIVE, a), bad: named(99, 5) };
    expect(await traps.msg({ send: { remote: to(a), body, complex: false } })).toEqual({ code: 0 });
    const { message } = await traps.msg({ receive: { name: a } });
    expect(message).toMatchObject({ complex: false, body: { right: to(a, DISP.MOVE_RECEIVE), bad: to(5, 99) } });
    expect(await traps.port_get_refs(a, RIGHT.SEND)).toEqual({ code: 0, value: 1 });
    await traps.msg({ send: { remote: to(a), body: 'no right', complex: true } });
    expect(await traps.msg({ receive: { name: a } })).toMatchObject({ message: { complex: false } });
    await traps.port_destroy(a);
  });

  describe('a send to a full queue', () => {
    const ways: [string, () => Partial<MsgOptions>, string][] = [
      ['that polls', () => ({ sendTimeout: 0 }), 'MACH_SEND_TIMED_OUT'],
      ['that waits a while', () => ({ sendTimeout: 5 }), 'MACH_SEND_TIMED_OUT'],
      ['whose signal fires', () => ({ signal: AbortSignal.timeout(5) }), 'MACH_SEND_INTERRUPTED'],
      ['whose signal has fired', () => ({ signal: AbortSignal.abort() }), 'MACH_SEND_INTERRUPTED'],
    ];
    test.for(ways)('%s comes back, and goes again as it is', async ([_how, how, expected]) => {
      await using t = await testSystem();
      const { traps } = t.sys.task;
      const [a, b] = [await port(t.sys.task, 0), await port(t.sys.task)];
      const send = { remote: to(a), local: once(b), id: 3, body: { r: named(DISP.MAKE_SEND, b), n: -0 } };
      const { code, returned, ...rest } = await traps.msg({ send, receive: { name: b }, ...how() });
      expect({ code, ...rest }).toEqual({ code: expected });
      expect(returned).toEqual({
        remote: to(a, DISP.MOVE_SEND),
        local: to(returned?.local?.name ?? 0, DISP.MOVE_SEND_ONCE),
        id: 3,
        body: { r: to(b, DISP.MOVE_SEND), n: -0 },
        complex: true,
      });
      expect(await traps.port_get_refs(a, RIGHT.SEND)).toEqual({ code: 0, value: 2 });
      expect(await traps.port_type(returned?.local?.name ?? 0)).toEqual({ code: 0, value: TYPE.SEND_ONCE });
      await traps.port_set_qlimit(a, 1);
      if (returned === undefined) throw new Error('nothing came back');
      expect(await traps.msg({ send: returned })).toEqual({ code: 0 });
      expect(await traps.port_get_refs(a, RIGHT.SEND)).toEqual({ code: 0, value: 1 });
      const { message } = await traps.msg({ receive: { name: a } });
      expect(message).toMatchObject({ id: 3, body: { r: to(b, DISP.MOVE_SEND), n: -0 } });
      await traps.port_deallocate(message?.remote.name ?? 0);
      await traps.port_destroy(a);
      await traps.port_destroy(b);
    });

    test('that gets its place in time went', async () => {
      await using t = await testSystem();
      const { traps } = t.sys.task;
      const a = await port(t.sys.task, 0);
      const stop = new AbortController();
      const sent = traps.msg({ send: { remote: to(a), body: 1 }, signal: stop.signal });
      const raised = traps.port_set_qlimit(a, 1);
      // On the link behind the call that lets it in: too late.
      stop.abort();
      expect([await sent, await raised]).toEqual([{ code: 0 }, { code: 0 }]);
      expect(await traps.msg({ receive: { name: a } })).toMatchObject({ message: { body: 1 } });
      await traps.port_destroy(a);
    });
  });

  test('a receive that waits ends with a message, its time, its signal, or its port', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    const receive = { name: a };
    expect(await traps.msg({ receive, receiveTimeout: 0 })).toEqual({ code: 'MACH_RCV_TIMED_OUT' });
    expect(await traps.msg({ receive, receiveTimeout: 5 })).toEqual({ code: 'MACH_RCV_TIMED_OUT' });
    expect(await traps.msg({ receive, signal: AbortSignal.timeout(5) })).toEqual({ code: 'MACH_RCV_INTERRUPTED' });
    expect(await traps.msg({ receive, signal: AbortSignal.abort() })).toEqual({ code: 'MACH_RCV_INTERRUPTED' });
    const stop = new AbortController();
    const first = traps.msg({ receive, signal: stop.signal, receiveTimeout: 60_000 });
    void traps.msg({ send: { remote: to(a), body: 1 } });
    stop.abort();
    expect(await first).toMatchObject({ code: 0, message: { body: 1 } });
    void traps.msg({ send: { remote: to(a), body: 2 } });
    expect(await traps.msg({ receive, signal: AbortSignal.abort() })).toMatchObject({ code: 0, message: { body: 2 } });
    const lost = traps.msg({ receive });
    await traps.port_destroy(a);
    expect(await lost).toEqual({ code: 'MACH_RCV_PORT_DIED' });
  });

  test('a message that is too large is kept with its size told, or destroyed', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    for (const body of ['kept', 'lost']) await traps.msg({ send: { remote: to(a), body } });
    const { code, size = 0 } = await traps.msg({ receive: { name: a, size: 10, large: true } });
    expect(code).toBe('MACH_RCV_TOO_LARGE');
    const kept = await traps.msg({ receive: { name: a, size, large: true } });
    expect(kept).toMatchObject({ code: 0, message: { body: 'kept', size, seqno: 0 } });
    expect(await traps.msg({ receive: { name: a, size: size - 1 } })).toMatchObject({
      code: 'MACH_RCV_TOO_LARGE',
      size,
    });
    expect(await traps.msg({ receive: { name: a }, receiveTimeout: 0 })).toEqual({ code: 'MACH_RCV_TIMED_OUT' });
    await traps.port_destroy(a);
  });

  test('a stated size below what the message needs: before the body nothing has happened, in it the message is gone', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const [a, b] = [await port(t.sys.task), await port(t.sys.task)];
    const tooSmall = { code: 'MACH_SEND_MSG_TOO_SMALL' };
    const local = once(b);
    for (const size of [0, 79]) {
      const send = { remote: to(a), local, body: [named(DISP.MOVE_SEND, b)], size };
      expect(await traps.msg({ send })).toEqual(tooSmall);
    }
    expect(await traps.msg({ send: { remote: to(a), local, body: 'no rights', size: 85 } })).toEqual(tooSmall);
    expect(await traps.msg({ receive: { name: b }, receiveTimeout: 0 })).toEqual({ code: 'MACH_RCV_TIMED_OUT' });
    await traps.port_mod_refs(b, RIGHT.SEND, 2);
    // Room for the first right, not for the second.
    const body = [named(DISP.MOVE_SEND, b), named(DISP.MOVE_SEND, b)];
    expect(await traps.msg({ send: { remote: to(a), local, body, size: 80 + 8 } })).toEqual(tooSmall);
    expect(await traps.port_get_refs(b, RIGHT.SEND)).toEqual({ code: 0, value: 2 });
    expect(await traps.msg({ receive: { name: b } })).toMatchObject({ message: { notification: { id: 71 } } });
    const bad = [named(99, b), named(DISP.MOVE_SEND, b)];
    expect(await traps.msg({ send: { remote: to(a), body: bad, size: 88 } })).toEqual({
      code: 'MACH_SEND_INVALID_TYPE',
    });
    expect(await traps.msg({ send: { remote: to(a), body: 'more', size: 1000 } })).toEqual({ code: 0 });
    await traps.port_destroy(a);
    await traps.port_destroy(b);
  });

  test('a body that cannot travel is invalid data, and nothing has happened', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    const body = [named(DISP.MOVE_SEND, a), () => 1];
    expect(await traps.msg({ send: { remote: to(a), body } })).toEqual({ code: 'MACH_SEND_INVALID_DATA' });
    expect(await traps.port_get_refs(a, RIGHT.SEND)).toEqual({ code: 0, value: 1 });
    const tooMany = Array.from({ length: 2000 }, () => named(DISP.COPY_SEND, a));
    expect(await traps.msg({ send: { remote: to(a), body: tooMany } })).toEqual({ code: 'MACH_SEND_NO_BUFFER' });
    await traps.port_destroy(a);
  });

  test('the largest message that can be sent can be received', async () => {
    await using t = await testSystem();
    const { traps, limits } = t.sys.task;
    const a = await port(t.sys.task);
    const bytes = new Uint8Array(limits.frameBytes);
    const send = (cut: number) => traps.msg({ send: { remote: to(a), body: bytes.subarray(cut) } });
    let cut = 140;
    expect(await send(cut)).toEqual({ code: 'MACH_SEND_NO_BUFFER' });
    while ((await send(cut)).code !== 0) cut += 1;
    expect(await traps.msg({ receive: { name: a } })).toMatchObject({ code: 0 });
    await traps.port_destroy(a);
  });

  test('a body that cannot be read is invalid data: the header arrives, its rights are given back', async () => {
    await using t = await testSystem();
    const { link, traps } = t.sys.task;
    const a = await port(t.sys.task);
    const other = await port(t.sys.task);
    const descriptors = [to(a), NONE, to(other, DISP.MAKE_SEND_ONCE), to(other, DISP.MOVE_RECEIVE)];
    link.send(
      encodeHead({ kind: MESSAGES.send.id, callId: t.sys.task.newTag(), routine: 8 }, descriptors),
      Buffer.of(99),
    );
    const { code, message } = await traps.msg({ receive: { name: a } });
    expect(code).toBe('MACH_RCV_INVALID_DATA');
    expect(message).toMatchObject({ id: 8, complex: true, body: undefined, remote: NONE });
    // Its receive right was given back too: the port is dead.
    expect(await traps.port_type(other)).toEqual({ code: 0, value: TYPE.DEAD_NAME });
    await traps.port_destroy(other);
    await traps.port_destroy(a);
  });

  test('talks with drivers: results, and failures as errors', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    using lab = await t.sys.open(Lab, LAB, { place: 'process' });
    const b = await port(t.sys.task);
    const call = async (id: number, body: unknown) => {
      const send = { remote: to(portOf(lab).name), local: once(b), id, body };
      return (await traps.msg({ send, receive: { name: b } })).message?.body;
    };
    expect(await call(Lab.ids.get('echo') ?? 0, { a: [1] })).toEqual({ a: [1] });
    expect(await call(Lab.ids.get('fail') ?? 0, { how: 'built-in' })).toBeInstanceOf(TypeError);
    expect(await call(12345, undefined)).toMatchObject({ code: 'ENOROUTINE' });
    await traps.port_destroy(b);
  });

  test('answers a typed stub', async () => {
    await using t = await testSystem();
    const { task } = t.sys;
    const { traps } = task;
    using lab = await t.sys.open(Lab, LAB, { place: 'process' });
    const b = await port(task);
    // The lab gets the right by name, and gives it back as a handle.
    const keep = { remote: to(portOf(lab).name), local: once(b), id: Lab.ids.get('keep') ?? 0 };
    await traps.msg({ send: { ...keep, body: { right: named(DISP.COPY_SEND, b) } }, receive: { name: b } });
    using stub = bind(Sub, (await lab.give()).right);
    const answer = stub.next();
    const { message } = await traps.msg({ receive: { name: b } });
    await traps.msg({ send: { remote: message?.remote ?? NONE, body: 42 } });
    expect(await answer).toBe(42);
    await lab.drop();
    await traps.port_destroy(b);
  });
});

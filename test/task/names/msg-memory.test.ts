import { bind, DISP, memory, move, named, type NamedMessage, portOf, RIGHT } from 'easync';
import { describe, expect, test } from 'vitest';
import { Lab, LAB, Sub } from '../../support/lab.ts';
import { messageOf, once, port, to } from '../../support/by-name.ts';
import { testSystem } from '../../support/system.ts';

const NOBODY = 0x2fff_ffff;

const filled = (length: number) => new Uint8Array(length).fill(length);
const equal = (one: unknown, other: Uint8Array) => Buffer.compare(one as Uint8Array, other) === 0;

describe('out-of-line memory in messages by name', () => {
  test('arrives as an array of the receiver’s own, beside the body: it does not count in the message’s size', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    const mine = filled(100_000);
    const body = { data: memory(mine), right: named(DISP.COPY_SEND, a), plain: filled(10), none: memory(filled(0)) };
    expect(await traps.msg({ send: { remote: to(a), body } })).toEqual({ code: 0 });
    // Copied when it was sent: what its owner does then is not seen.
    mine.fill(0);
    const message = messageOf(await traps.msg({ receive: { name: a, size: 1_000 } }));
    expect(message).toMatchObject({ complex: true, body: { right: to(a, DISP.MOVE_SEND), plain: filled(10) } });
    const { data, none } = message.body as typeof body;
    expect([equal(data, filled(100_000)), none]).toEqual([true, new Uint8Array(0)]);
    expect(data.buffer.byteLength).toBe(100_000);
    expect(message.size).toBeLessThan(1_000);
    await traps.port_destroy(a);
  });

  test('a large array that is not memory is part of the message', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    await traps.msg({ send: { remote: to(a), body: filled(100_000) } });
    expect(await traps.msg({ receive: { name: a, size: 1_000, large: true } })).toMatchObject({
      code: 'MACH_RCV_TOO_LARGE',
    });
    const { message } = await traps.msg({ receive: { name: a } });
    expect([message?.complex, equal(message?.body, filled(100_000))]).toEqual([false, true]);
    await traps.port_destroy(a);
  });

  test('memory alone makes a message complex; in one that is not complex it is data', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    const given = filled(10);
    await traps.msg({ send: { remote: to(a), body: memory(filled(10)) } });
    await traps.msg({ send: { remote: to(a), body: memory(given, { deallocate: true }), complex: false } });
    expect(await traps.msg({ receive: { name: a } })).toMatchObject({ message: { complex: true, body: filled(10) } });
    expect(await traps.msg({ receive: { name: a } })).toMatchObject({ message: { complex: false, body: filled(10) } });
    expect(given.length).toBe(10);
    await traps.port_destroy(a);
  });

  describe('deallocate gives it away', () => {
    const gone = [
      ['when it is queued', 5, [], 0],
      ['when it comes back', 0, [], 'MACH_SEND_TIMED_OUT'],
      ['when a later item is bad', 5, [named(DISP.COPY_SEND, NOBODY)], 'MACH_SEND_INVALID_RIGHT'],
      ['when a later item is of no type', 5, [named(99, NOBODY)], 'MACH_SEND_INVALID_TYPE'],
    ] as const;
    test.for(gone)('%s', async ([_when, qlimit, rest, code]) => {
      await using t = await testSystem();
      const { traps } = t.sys.task;
      const a = await port(t.sys.task, qlimit);
      const [mine, kept] = [filled(10), filled(20)];
      const body = [memory(mine, { deallocate: true }), memory(kept), ...rest];
      expect(await traps.msg({ send: { remote: to(a), body }, sendTimeout: 0 })).toMatchObject({ code });
      expect([mine.buffer.byteLength, kept]).toEqual([0, filled(20)]);
      await traps.port_destroy(a);
    });

    test('and leaves it where it is if the header fails, or an item before it', async () => {
      await using t = await testSystem();
      const { traps } = t.sys.task;
      const a = await port(t.sys.task);
      const [first, second] = [filled(10), filled(20)];
      const given = () => memory(first, { deallocate: true });
      expect(await traps.msg({ send: { remote: to(NOBODY), body: given() } })).toEqual({
        code: 'MACH_SEND_INVALID_DEST',
      });
      expect(await traps.msg({ send: { remote: to(a), local: to(NOBODY), body: given() } })).toEqual({
        code: 'MACH_SEND_INVALID_REPLY',
      });
      const bad = named(DISP.COPY_SEND, NOBODY);
      expect(await traps.msg({ send: { remote: to(a), body: [named(DISP.COPY_SEND, a), bad, given()] } })).toEqual({
        code: 'MACH_SEND_INVALID_RIGHT',
      });
      expect(await traps.msg({ send: { remote: to(a), body: [given(), () => 1] } })).toEqual({
        code: 'MACH_SEND_INVALID_DATA',
      });
      expect(first).toEqual(filled(10));
      const body = [given(), bad, memory(second, { deallocate: true })];
      expect(await traps.msg({ send: { remote: to(a), body } })).toEqual({ code: 'MACH_SEND_INVALID_RIGHT' });
      expect([first.length, second.length]).toEqual([0, 20]);
      await traps.port_destroy(a);
    });

    test('as far as the stated size goes', async () => {
      await using t = await testSystem();
      const { traps } = t.sys.task;
      const a = await port(t.sys.task);
      const arrays = [filled(10), filled(20), filled(30)];
      const body = arrays.map((bytes) => memory(bytes, { deallocate: true }));
      const size = 64 + 4 * 8;
      expect(await traps.msg({ send: { remote: to(a), body, size } })).toEqual({ code: 'MACH_SEND_MSG_TOO_SMALL' });
      expect(arrays.map((bytes) => bytes.length)).toEqual([0, 0, 30]);
      await traps.port_destroy(a);
    });
  });

  const absent: [string, () => Uint8Array][] = [
    ['detached before', () => memory(detached(filled(10)))],
    [
      'detached since',
      () => {
        const bytes = filled(10);
        const piece = memory(bytes);
        detached(bytes);
        return piece;
      },
    ],
    ['shared', () => memory(new Uint8Array(new SharedArrayBuffer(10)))],
    ['a part of a buffer, to be given away', () => memory(filled(10).subarray(2), { deallocate: true })],
    ['the pool’s, to be given away', () => memory(Buffer.from('pool'), { deallocate: true })],
    [
      'WebAssembly’s, to be given away',
      () => memory(new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer), { deallocate: true }),
    ],
  ];
  test.for(absent)('memory that is %s is invalid: the message is destroyed', async ([_what, make]) => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const [a, b, kept] = [await port(t.sys.task), await port(t.sys.task), await port(t.sys.task)];
    const mine = filled(10);
    const body = [memory(mine, { deallocate: true }), named(DISP.MOVE_SEND, b), make(), named(DISP.MOVE_SEND, kept)];
    expect(await traps.msg({ send: { remote: to(a), local: once(b), body } })).toEqual({
      code: 'MACH_SEND_INVALID_MEMORY',
    });
    expect(mine.length).toBe(0);
    expect(await traps.port_get_refs(b, RIGHT.SEND)).toEqual({ code: 0, value: 0 });
    expect(await traps.port_get_refs(kept, RIGHT.SEND)).toEqual({ code: 0, value: 1 });
    expect(await traps.msg({ receive: { name: b } })).toMatchObject({ message: { notification: { id: 71 } } });
    expect(await traps.port_get_receive_status(a)).toMatchObject({ msgcount: 0 });
    for (const name of [a, b, kept]) await traps.port_destroy(name);
  });

  test('memory that an earlier item gives away is not there for a later one', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    const bytes = filled(10);
    const body = [memory(bytes), memory(bytes, { deallocate: true }), memory(bytes)];
    expect(await traps.msg({ send: { remote: to(a), body } })).toEqual({ code: 'MACH_SEND_INVALID_MEMORY' });
    expect(bytes.length).toBe(0);
    await traps.port_destroy(a);
  });

  test('a part of a buffer, and the pool’s, can be copied', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    const body = [memory(filled(10).subarray(2)), memory(Buffer.from('pool'))];
    await traps.msg({ send: { remote: to(a), body } });
    const { message } = await traps.msg({ receive: { name: a } });
    expect(message?.body).toEqual([filled(10).subarray(2), Uint8Array.from(Buffer.from('pool'))]);
    await traps.port_destroy(a);
  });

  test('it comes back with a message that could not be queued, and goes again; what was received goes on', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task, 0);
    const body = [named(DISP.COPY_SEND, a), memory(filled(10)), memory(filled(70_000), { deallocate: true })];
    let message: NamedMessage = { remote: to(a), body };
    for (const how of [{ sendTimeout: 0 }, { sendTimeout: 3 }, { signal: AbortSignal.timeout(3) }]) {
      const { returned } = await traps.msg({ send: message, ...how });
      if (returned === undefined) throw new Error('nothing came back');
      message = returned;
      expect(message).toMatchObject({ complex: true });
    }
    await traps.port_set_qlimit(a, 1);
    expect(await traps.msg({ send: message })).toEqual({ code: 0 });
    const first = messageOf(await traps.msg({ receive: { name: a, size: 1_000 } }));
    await traps.msg({ send: { remote: to(a), body: (first.body as unknown[]).slice(1) } });
    const second = messageOf(await traps.msg({ receive: { name: a, size: 1_000 } }));
    const [small, large] = second.body as [Uint8Array, Uint8Array];
    expect([small, equal(large, filled(70_000))]).toEqual([filled(10), true]);
    await traps.port_destroy(a);
  });

  test('what move(bytes) made is memory too', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    const body = [move(filled(10))];
    await traps.msg({ send: { remote: to(a), body } });
    expect(body[0]?.length).toBe(0);
    expect(await traps.msg({ receive: { name: a } })).toMatchObject({ message: { complex: true, body: [filled(10)] } });
    await traps.port_destroy(a);
  });

  test('a number is no memory; in the header there is none', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    const a = await port(t.sys.task);
    expect(await traps.msg({ send: { remote: to(a), body: named(DISP.MEMORY, 10) } })).toEqual({
      code: 'MACH_SEND_INVALID_MEMORY',
    });
    expect(await traps.msg({ send: { remote: to(10, DISP.MEMORY) } })).toEqual({ code: 'MACH_SEND_INVALID_HEADER' });
    expect(await traps.msg({ send: { remote: to(a), local: to(10, DISP.MEMORY) } })).toEqual({
      code: 'MACH_SEND_INVALID_HEADER',
    });
    await traps.port_destroy(a);
  });

  test('drivers get it as an array, and what they give by the same way comes as one', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    using lab = await t.sys.open(Lab, LAB, { place: 'process' });
    const b = await port(t.sys.task);
    const echo = {
      remote: to(portOf(lab).name),
      local: once(b),
      id: Lab.ids.get('echo') ?? 0,
      body: [memory(filled(70_000))],
    };
    const message = messageOf(await traps.msg({ send: echo, receive: { name: b, size: 1_000 } }));
    expect(equal((message.body as unknown[])[0], filled(70_000))).toBe(true);
    const keep = { ...echo, id: Lab.ids.get('keep') ?? 0, body: { right: named(DISP.COPY_SEND, b) } };
    await traps.msg({ send: keep, receive: { name: b } });
    using stub = bind(Sub, (await lab.give()).right);
    const answer = stub.next();
    const { remote } = messageOf(await traps.msg({ receive: { name: b } }));
    await traps.msg({ send: { remote, body: memory(filled(5)) } });
    expect(await answer).toEqual(filled(5));
    await lab.drop();
    await traps.port_destroy(b);
  });
});

/** Not among the types that this project is checked with. */
declare const WebAssembly: { Memory: new (size: { initial: number }) => { buffer: ArrayBuffer } };

function detached(bytes: Uint8Array): Uint8Array {
  structuredClone(null, { transfer: [bytes.buffer as ArrayBuffer] });
  return bytes;
}

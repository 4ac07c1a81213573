import { copy, DEFAULT_LIMITS, make, move, portOf, SendRight } from 'easync';
import { describe, expect, test } from 'vitest';
import { realHost } from '../../src/host/real.ts';
import { DISP, NO_RIGHT } from '../../src/kernel/types.ts';
import { memoryLinkPair } from '../../src/link/memory-link.ts';
import { Task } from '../../src/task/index.ts';
import { encodeFields, encodeHead, kindOf, MESSAGES, PROTOCOL } from '../../src/wire/index.ts';
import { Memory } from '../fixtures/memory-driver.js';
import { fixture, PLACEMENTS } from '../support/lab.ts';
import { rejection } from '../support/rejection.ts';
import { testSystem } from '../support/system.ts';

const DRIVER = fixture('memory-driver.js');
const LARGE = 300_000;
const BOUNDARIES = PLACEMENTS.filter(({ place }) => place !== 'inline');

// Memory in bodies (mach.md §6): copied as of the send, or moved. Who has what afterwards is the same in every placement.
describe.each(PLACEMENTS)('$where', ({ place, check }) => {
  test('what is moved is dead to its sender, and the receiver’s to change and to move on', async () => {
    await using t = await testSystem({ check });
    using memory = await t.sys.open(Memory, DRIVER, { place });
    for (const length of [LARGE, 100, 0]) {
      const mine = new Uint8Array(length).fill(3);
      const reply = memory.scribble({ data: move(mine) });
      expectDead(mine);
      const { data } = await reply;
      expect([data.length, data.buffer.byteLength]).toEqual([length, length]);
      expect(data.every((byte) => byte === 7)).toBe(true);
      expectDead(mine);
    }
  });

  test('many arrays, small and large, moved and not, each with memory of its own', async () => {
    await using t = await testSystem({ check });
    using memory = await t.sys.open(Memory, DRIVER, { place });
    const lengths = [LARGE, 0, 5, 65_536, 65_535, 1_000_000];
    const [plain, taken] = [lengths.map(filled), lengths.map(filled)];
    const { arrays, distinct } = await memory.describe({ arrays: [...plain, ...taken.map((bytes) => move(bytes))] });
    const wanted = lengths.map((length) => [length, length, length === 0 ? undefined : length % 256]);
    expect(arrays).toEqual([...wanted, ...wanted]);
    expect(distinct).toBe(arrays.length);
    plain.forEach((bytes) => expectFilled(bytes, bytes.length));
    taken.forEach(expectDead);
  });

  test('one array in two places arrives as one', async () => {
    await using t = await testSystem({ check });
    using memory = await t.sys.open(Memory, DRIVER, { place });
    for (const bytes of [move(filled(LARGE)), move(filled(10)), filled(LARGE), filled(10)]) {
      const [first, { again }] = (await memory.echo([bytes, { again: bytes }])) as [Uint8Array, { again: Uint8Array }];
      expect(again).toBe(first);
    }
  });

  test('moved out of results', async () => {
    await using t = await testSystem({ check });
    using memory = await t.sys.open(Memory, DRIVER, { place });
    const lengths = [LARGE, 0, 7, 2_000_000];
    const made = await memory.make({ lengths });
    expect(made.map((bytes) => bytes.length)).toEqual(lengths);
    // It is ours: to be sent as it is, which leaves it to us, or to be moved.
    for (const give of [(bytes: Uint8Array) => bytes, move]) {
      const back = (await memory.echo(made.map((bytes) => give(bytes)))) as Uint8Array[];
      expect(back.map((bytes) => bytes.length)).toEqual(lengths);
      back.forEach((bytes) => expectFilled(bytes, bytes.length));
    }
    made.forEach(expectDead);
  });

  test('a message that does not leave leaves moved memory as it was, to be sent again', async () => {
    await using t = await testSystem({ check: check || place === 'inline' });
    using memory = await t.sys.open(Memory, DRIVER, { place });
    for (const length of [LARGE, 10]) {
      const moved = move(filled(length));
      expect(await rejection(memory.echo({ moved, bad: () => 1 }))).toMatchObject({ code: 'EBADBODY' });
      expectFilled(moved, length);
      expectFilled(await memory.echo(moved), length);
    }
  });

  test('what is sent on as it is stays whose it is, also if it came by a move', async () => {
    await using t = await testSystem({ check });
    using memory = await t.sys.open(Memory, DRIVER, { place });
    using next = await t.sys.open(Memory, DRIVER, { place: 'process' });
    const { data, length } = await memory.passOn({ to: copy(portOf(next)), data: move(filled(LARGE)) });
    expect(length).toBe(LARGE);
    expectFilled(data, LARGE);
    expectFilled(await next.echo(data), LARGE);
    expectFilled(data, LARGE);
  });

  test('memory is used again only when nobody has it', async () => {
    await using t = await testSystem({ check });
    using memory = await t.sys.open(Memory, DRIVER, { place });
    const kept: Uint8Array[] = [];
    for (let n = 0; n < 12; n++) {
      const bytes = new Uint8Array(LARGE).fill(n);
      kept.push(bytes, (await memory.echo(bytes)) as Uint8Array);
      const { data } = await memory.scribble({ data: move(new Uint8Array(LARGE)) });
      kept.push((await memory.echo(move(data.fill(n)))) as Uint8Array);
    }
    kept.forEach((bytes, i) => expect(bytes.every((byte) => byte === Math.floor(i / 3))).toBe(true));
  });

  test('rights among memory', async () => {
    await using t = await testSystem({ check });
    using memory = await t.sys.open(Memory, DRIVER, { place });
    using port = t.sys.task.allocate();
    const gone = new Promise<void>((resolve) => port.onNoSenders(resolve));
    const items = [move(filled(10)), make.send(port), filled(LARGE), make.send(port), move(filled(LARGE))];
    const back = await memory.returnAll({ items });
    for (const [i, length] of [10, 0, LARGE, 0, LARGE].entries()) {
      const item = back[i];
      if (item instanceof SendRight) item.deallocate();
      else expectFilled(item, length);
    }
    await gone;
  });
});

describe.each(BOUNDARIES)('across a boundary: $where', ({ place, check }) => {
  test('what is copied arrives as it was when it was sent', async () => {
    await using t = await testSystem({ check });
    using memory = await t.sys.open(Memory, DRIVER, { place });
    const data = filled(3_000_000);
    const replies = [1, 2, 3].map(async (n) => {
      data.fill(n);
      return memory.echo({ data, n });
    });
    data.fill(99);
    const arrived = (await Promise.all(replies)) as { data: Uint8Array; n: number }[];
    for (const { data: bytes, n } of arrived)
      expect([bytes.length, bytes.every((byte) => byte === n)]).toEqual([data.length, true]);
  });

  test('what left is dead, whatever becomes of the message', async () => {
    await using t = await testSystem({ check });
    using memory = await t.sys.open(Memory, DRIVER, { place });
    for (const length of [LARGE, 10]) {
      const moved = move(filled(length));
      expect(await rejection(memory.fail({ moved }))).toBeInstanceOf(RangeError);
      expectDead(moved);
      expect(await rejection(memory.echo({ moved }))).toMatchObject({ code: 'EBADBODY', object: 'body.moved' });
    }
  });
});

test('a broker that announces memory and does not send it loses the task', async () => {
  const host = realHost();
  const { a, b } = memoryLinkPair(host);
  b.start({
    onFrame(frame) {
      if (kindOf(frame) !== MESSAGES.hello.id) return;
      const welcome = { ...PROTOCOL, task: 1, taskPort: 1, bootstrap: 0, host: 0, module: '', broker: 'b' };
      b.send(encodeHead({ kind: MESSAGES.welcome.id }), encodeFields('welcome', welcome));
      const descriptors = [{ disp: DISP.MOVE_SEND, name: 5 }, NO_RIGHT, { disp: DISP.MEMORY, name: 100 }];
      b.send(encodeHead({ kind: MESSAGES.deliver.id }, descriptors), Buffer.alloc(99));
    },
    onClose: () => undefined,
  });
  const options = { label: 'task', limits: DEFAULT_LIMITS, check: false, pid: 1, threadId: 0 };
  const task = await Task.attach(host, a, options, expect.unreachable);
  await task.closed;
});

describe('what cannot be moved', () => {
  test.each<[string, () => Uint8Array, string]>([
    ['a small Buffer', () => Buffer.from('abc'), 'Buffer.allocUnsafeSlow'],
    ['a part of a buffer', () => new Uint8Array(10).subarray(1), 'Uint8Array.from'],
    ["all of Buffer's pool", () => new Uint8Array(Buffer.from('abc').buffer), 'Uint8Array.from'],
    ['shared memory', () => new Uint8Array(new SharedArrayBuffer(8)), 'shared'],
    ['a WebAssembly memory', () => webAssemblyMemory(), 'Uint8Array.from'],
    ['what was moved before', gone, 'given away before'],
  ])('%s', (_what, bytes, text) => {
    const given = bytes();
    const before = Buffer.from(given.length > 0 ? given : []);
    expect(() => move(given)).toThrow(
      expect.objectContaining({ code: 'EINVAL', op: 'move', message: expect.stringContaining(text) }),
    );
    expect(Buffer.compare(before, given)).toBe(0);
  });

  test('is nothing that was moved and not sent: it can be moved again', () => {
    const first = move(filled(100));
    const second = move(first);
    expectDead(first);
    expectFilled(second, 100);
  });
});

/** The types of Node do not name WebAssembly. */
function webAssemblyMemory(): Uint8Array {
  const { Memory: WasmMemory } = Reflect.get(globalThis, 'WebAssembly') as {
    Memory: new (options: { initial: number }) => { buffer: ArrayBuffer };
  };
  return new Uint8Array(new WasmMemory({ initial: 1 }).buffer);
}

function gone(): Uint8Array {
  const bytes = filled(10);
  move(bytes);
  return bytes;
}

function filled(length: number): Uint8Array {
  return new Uint8Array(length).fill(length);
}

function expectFilled(bytes: unknown, length: number): void {
  const same = bytes instanceof Uint8Array && Buffer.compare(bytes, filled(length)) === 0;
  expect(same, `${length} bytes as they were`).toBe(true);
}

function expectDead(bytes: Uint8Array): void {
  expect(bytes.length).toBe(0);
  expect(() => bytes.fill(1)).toThrow(TypeError);
}

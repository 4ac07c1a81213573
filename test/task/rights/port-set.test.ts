import { make, type Message, move, type ReceiveRight, replyMsg } from 'easync';
import { describe, expect, test } from 'vitest';
import { noteTo, Porter, PORTER } from '../../support/porter.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

// Port sets of handles (mach.md §13): members of one task, received from as one.
describe('a port set', () => {
  test('gives messages in the order they came, with the member they came to', async () => {
    await using t = await testSystem();
    using a = t.sys.task.allocate();
    using b = t.sys.task.allocate();
    using set = t.sys.task.portSet(a, b);
    const told = [tell(b, 1), tell(a, 2), tell(a, 3), tell(b, 4)];
    const got: unknown[] = [];
    for await (const msg of set) {
      got.push([msg.body, set.localPort(msg) === a ? 'a' : 'b']);
      answer(msg);
      if (got.length === 4) break;
    }
    expect(got).toEqual([
      [1, 'b'],
      [2, 'a'],
      [3, 'a'],
      [4, 'b'],
    ]);
    await Promise.all(told);
  });

  test('takes over what waits in a port that joins, and gives it back when the port leaves', async () => {
    await using t = await testSystem();
    using a = t.sys.task.allocate();
    using b = t.sys.task.allocate();
    using set = t.sys.task.portSet(b);
    const told = [tell(a, 1), tell(b, 2), tell(a, 3)];
    set.add(a);
    expect(set.members).toEqual([b, a]);
    const first = await set.receive();
    expect(first.body).toBe(2);
    answer(first);
    set.remove(a);
    expect((await a.receive({ timeoutMs: 0 }).then(answer)).body).toBe(1);
    expect((await a.receive({ timeoutMs: 0 }).then(answer)).body).toBe(3);
    expect(() => set.remove(a)).toThrow(expect.objectContaining({ code: 'KERN_NOT_IN_SET' }));
    await Promise.all(told);
  });

  test('has its members for itself: MACH_RCV_IN_SET, and who waited gets MACH_RCV_PORT_CHANGED', async () => {
    await using t = await testSystem();
    using port = t.sys.task.allocate();
    const waited = rejection(port.receive());
    using one = t.sys.task.portSet(port);
    expect(await waited).toMatchObject({ code: 'MACH_RCV_PORT_CHANGED' });
    expect(await rejection(port.receive())).toMatchObject({ code: 'MACH_RCV_IN_SET' });
    using other = t.sys.task.portSet(port);
    expect([one.members, other.members]).toEqual([[], [port]]);
  });

  test('waits while it is empty, and ends with its disposal: members live on', async () => {
    await using t = await testSystem();
    using port = t.sys.task.allocate();
    const set = t.sys.task.portSet();
    const first = set.receive();
    const told = tell(port, 1);
    set.add(port);
    answer(await first);
    await told;
    const second = tell(port, 2);
    set[Symbol.dispose]();
    expect(() => set.add(port)).toThrow(expect.objectContaining({ code: 'ERELEASED' }));
    answer(await port.receive());
    await second;
  });

  test('a receive that waits on it ends when it is disposed', async () => {
    await using t = await testSystem();
    const set = t.sys.task.portSet();
    const waited = rejection(set.receive());
    set[Symbol.dispose]();
    expect(await waited).toMatchObject({ code: 'MACH_RCV_PORT_DIED' });
    for await (const msg of set) expect.unreachable(String(msg.body));
  });

  test('a member that dies disturbs nobody; what waited for it is refused', async () => {
    await using t = await testSystem();
    const a = t.sys.task.allocate();
    using b = t.sys.task.allocate();
    using set = t.sys.task.portSet(a, b);
    const lost = rejection(tell(a, 1));
    const told = tell(b, 2);
    a.destroy();
    expect(await lost).toMatchObject({ code: 'MACH_SEND_INVALID_DEST' });
    expect((await set.receive().then(answer)).body).toBe(2);
    await told;
    expect(set.members).toEqual([b]);
  });

  test('a member that is sent away takes its messages along', async () => {
    await using t = await testSystem();
    using porter = await t.sys.open(Porter, PORTER, { place: 'process' });
    const a = t.sys.task.allocate();
    using b = t.sys.task.allocate();
    using set = t.sys.task.portSet(a, b);
    const told = [tell(a, 1), tell(b, 2)];
    await porter.take({ port: move(a) });
    expect(set.members).toEqual([b]);
    expect((await set.receive().then(answer)).body).toBe(2);
    expect(await porter.read()).toBe(1);
    await Promise.all(told);
    await porter.destroy();
  });

  test('no member starves another that is flooded from another process', async () => {
    await using t = await testSystem();
    using porter = await t.sys.open(Porter, PORTER, { place: 'process' });
    using busy = t.sys.task.allocate({ qlimit: 1024 });
    using quiet = t.sys.task.allocate();
    using set = t.sys.task.portSet(busy, quiet);
    await porter.take({ port: move(t.sys.task.allocate()), right: make.send(busy) });
    const flood = Array.from({ length: 200 }, (_, n) => porter.tell(n));
    answer(await set.receive());
    const told = tell(quiet, 'quiet');
    let before = 0;
    for await (const msg of set) {
      answer(msg);
      if (msg.body === 'quiet') break;
      before += 1;
    }
    // A delivery window of the busy one may be ahead of it, and no more.
    expect(before).toBeLessThanOrEqual(t.sys.task.limits.deliveryWindow);
    await told;
    for (let n = 1 + before; n < flood.length; n += 1) answer(await set.receive());
    await Promise.all(flood);
    await porter.destroy();
  });
});

async function tell(port: ReceiveRight, what: unknown): Promise<unknown> {
  using note = noteTo(port);
  return await note.tell(what);
}

function answer(msg: Message): Message {
  replyMsg(msg, 0);
  return msg;
}

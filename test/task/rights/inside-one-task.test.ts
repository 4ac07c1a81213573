import {
  Call,
  copy,
  DirectPort,
  doMsg,
  make,
  move,
  type ReceiveRight,
  replyMsg,
  sendMsg,
  type SendOnceRight,
  type SendRight,
} from 'easync';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { oneWay, TwoTasks } from './two-tasks.ts';

// A message between two holders in one task takes the short way. Nobody can tell but by time.

test('a one-way message is over when it waits at the port, and is the sender’s again', async () => {
  await using pair = await TwoTasks.start();
  using port = pair.a.allocate();
  using right = make.send(port);
  const call = oneWay('first');
  expect(doMsg(right, call)).toBe(0);
  call.body = 'second';
  expect(doMsg(right, call)).toBe(0);
  expect((await port.receive()).body).toBe('first');
  expect((await port.receive()).body).toBe('second');
});

test('a one-way message of a set is known by its port', async () => {
  await using pair = await TwoTasks.start();
  using port = pair.a.allocate();
  using other = pair.a.allocate();
  using set = pair.a.portSet(other, port);
  using right = make.send(port);
  expect(doMsg(right, oneWay(1))).toBe(0);
  expect(set.localPort(await set.receive())).toBe(port);
});

describe('a receive right that is moved', () => {
  test('is in no set any more, and its pending receives end', async () => {
    await using pair = await TwoTasks.start();
    using port = pair.a.allocate();
    using inSet = pair.a.allocate();
    const set = pair.a.portSet(inSet);
    const pending = rejection(port.receive());
    const moved = [move(port), move(inSet)];
    expect(await pending).toMatchObject({ code: 'MACH_RCV_PORT_DIED' });
    expect(set.members).toEqual([]);
    set[Symbol.dispose]();
    for (const right of moved) right.destroy();
  });

  test('arrives as a port without set, agent or watcher', async () => {
    await using pair = await TwoTasks.start();
    using box = pair.a.allocate();
    using toBox = make.send(box);
    const port = pair.a.allocate();
    const right = make.send(port);
    let none = 0;
    port.onNoSenders(() => (none += 1));
    const log: unknown[] = [];
    port.serve(new DirectPort((msg) => (log.push(msg.body), 0)));
    expect(doMsg(right, oneWay(1))).toBe(0);
    expect(doMsg(toBox, oneWay({ port: move(port) }))).toBe(0);
    expect(doMsg(right, oneWay(2))).toBe(0);
    const { body } = await box.receive();
    const { port: came } = body as { port: ReceiveRight };
    expect(doMsg(right, oneWay(3))).toBe(0);
    expect([(await came.receive()).body, (await came.receive()).body, log]).toEqual([2, 3, [1]]);
    expect(await rejection(port.receive())).toMatchObject({ code: 'ERELEASED' });
    right.deallocate();
    expect(none).toBe(0);
    came.destroy();
  });

  test('is its handle’s again, agent and watcher with it, if the message did not leave', async () => {
    await using pair = await TwoTasks.start();
    using port = pair.a.allocate();
    const right = make.send(port);
    const log: unknown[] = [];
    port.serve(new DirectPort((msg) => (log.push(msg.body), 0)));
    let none = 0;
    port.onNoSenders(() => (none += 1));
    const dead = pair.a.allocate();
    using toDead = make.send(dead);
    dead.destroy();
    const call = new Call(1, { port: move(port) });
    expect(doMsg(right, oneWay('meanwhile'))).toBe(0);
    expect(doMsg(toDead, call)).toBe('MACH_SEND_INVALID_DEST');
    expect(doMsg(right, oneWay('after'))).toBe(0);
    expect(log).toEqual(['meanwhile', 'after']);
    right.deallocate();
    expect(none).toBe(1);
  });
});

describe('mach.md §12: a receive right in its own queue', () => {
  test('the message is destroyed, the port with it, and its caller is told', async () => {
    await using pair = await TwoTasks.start();
    const port = pair.a.allocate();
    using right = make.send(port);
    const call = new Call(1, { port: move(port) });
    expect(doMsg(right, call)).toBe('ESERVERDIED');
    expect(call.failure).toMatchObject({ code: 'ESERVERDIED', handled: 'no' });
    expect(right.isDead).toBe(true);
  });

  test('or in that of a port that waits in it; what waits there is refused', async () => {
    await using pair = await TwoTasks.start();
    const [first, second] = [pair.a.allocate(), pair.a.allocate()];
    using toFirst = make.send(first);
    using toSecond = make.send(second);
    using set = pair.a.portSet(second);
    const waiting = doMsg(toFirst, new Call(1, 'waits'));
    expect(doMsg(toSecond, oneWay({ port: move(first) }))).toBe(0);
    expect(doMsg(toFirst, oneWay({ port: move(second) }))).toBe(0);
    expect(await waiting).toBe('MACH_SEND_INVALID_DEST');
    expect([toFirst.isDead, toSecond.isDead, set.members]).toEqual([true, true, []]);
  });

  test('not if somebody receives it', async () => {
    await using pair = await TwoTasks.start();
    const [first, second] = [pair.a.allocate(), pair.a.allocate()];
    using toFirst = make.send(first);
    using toSecond = make.send(second);
    expect(doMsg(toSecond, oneWay({ port: move(first) }))).toBe(0);
    const { port } = (await second.receive()).body as { port: ReceiveRight };
    expect(doMsg(toFirst, oneWay({ port: move(second) }))).toBe(0);
    const { port: again } = (await port.receive()).body as { port: ReceiveRight };
    for (const each of [port, again]) each.destroy();
  });
});

test('a right to a port that has died arrives dead, in this task and elsewhere', async () => {
  await using pair = await TwoTasks.start();
  for (const isKnown of [false, true]) {
    const port = pair.a.allocate();
    using right = make.send(port);
    if (isKnown) (await pair.pass(pair.b, { right: copy(right) })).right.deallocate();
    const once = make.sendOnce(port);
    port.destroy();
    expect(right.name).toBe(0xffffffff);
    const came: { right: SendRight; once: SendOnceRight } = await pair.pass(pair.b, {
      right: copy(right),
      once: move(once),
    });
    expect(came.right.isDead).toBe(true);
    expect(await pair.sim.settle(doMsg(came.once, oneWay(1)))).toBe('MACH_SEND_INVALID_DEST');
    came.right.deallocate();
    came.once.deallocate();
  }
});

test('what one task sends to a port arrives in order, also while the port travels and comes back', async () => {
  await using pair = await TwoTasks.start();
  const port = pair.a.allocate();
  const right = make.send(port);
  expect(doMsg(right, oneWay(1))).toBe(0);
  const there = await pair.pass(pair.b, { port: move(port) });
  expect(await pair.sim.settle(doMsg(right, oneWay(2)))).toBe(0);
  right.deallocate();
  const { port: back } = await pair.pass(pair.a, { port: move(there.port) });
  // The old handle has gone, and with it what this task knew of having sent anything.
  using again = make.send(back);
  const last = doMsg(again, oneWay(3));
  const bodies = [];
  for (let i = 0; i < 3; i += 1) bodies.push((await pair.sim.settle(back.receive())).body);
  expect(bodies).toEqual([1, 2, 3]);
  expect(await pair.sim.settle(last)).toBe(0);
  back.destroy();
});

test('a message that waits for its turn when the port leaves again goes along, whoever holds rights', async () => {
  await using pair = await TwoTasks.start();
  const port = pair.a.allocate();
  const right = make.send(port);
  const there = await pair.pass(pair.b, { port: move(port) });
  const { port: back } = await pair.pass(pair.a, { port: move(there.port) });
  expect(await rejection(back.receive({ timeoutMs: 0 }))).toMatchObject({ code: 'MACH_RCV_TIMED_OUT' });
  const call = new Call(1, 'waits');
  const answer = doMsg(right, call);
  right.deallocate();
  const { port: gone } = await pair.pass(pair.b, { port: move(back) });
  const msg = await pair.sim.settle(gone.receive());
  msg.result = `${String(msg.body)} there`;
  replyMsg(msg, 0);
  expect(await pair.sim.settle(answer)).toBe(0);
  expect(call.result).toBe('waits there');
  gone.destroy();
});

test('handles follow a receive right that is refused by a full queue', async () => {
  await using pair = await TwoTasks.start();
  using narrow = pair.b.allocate({ qlimit: 0 });
  using port = pair.a.allocate();
  using right = make.send(port);
  const { to } = await pair.pass(pair.a, { to: make.send(narrow) });
  const call = new Call(1, { port: move(port) });
  call.poll = true;
  expect(await pair.sim.settle(doMsg(to, call))).toBe('MACH_SEND_TIMED_OUT');
  const sent = doMsg(right, oneWay('after'));
  expect((await pair.sim.settle(port.receive())).body).toBe('after');
  expect(await pair.sim.settle(sent)).toBe(0);
  to.deallocate();
});

test('what waits in a port whose message had nobody to go to comes before what is sent to it now', async () => {
  await using pair = await TwoTasks.start();
  const gone = pair.b.allocate();
  const { to } = await pair.pass(pair.a, { to: make.send(gone) });
  gone.destroy();
  await pair.sim.run();
  using port = pair.a.allocate({ qlimit: 1 });
  const early = make.send(port);
  for (const n of [1, 2, 3]) sendMsg(early, oneWay(n));
  // No handle is left that could stand on a shim meanwhile.
  early.deallocate();
  expect(await pair.sim.settle(doMsg(to, new Call(1, { port: move(port) })))).toBe('MACH_SEND_INVALID_DEST');
  using late = make.send(port);
  sendMsg(late, oneWay(4));
  const order: unknown[] = [];
  while (order.length < 4) order.push((await pair.sim.settle(port.receive())).body);
  expect(order).toEqual([1, 2, 3, 4]);
  to.deallocate();
});

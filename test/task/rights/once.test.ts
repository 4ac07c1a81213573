import { copy, doMsg, make, move, type SendRight, sendMsg } from 'easync';
import { expect, test } from 'vitest';
import { oneWay, TwoTasks } from './two-tasks.ts';

// A send-once right gives exactly one message or notification, wherever it ends (mach.md §10).

test('used: the message, and nothing after it', async () => {
  await using pair = await TwoTasks.start();
  using port = pair.a.allocate();
  const { once } = await pair.pass(pair.b, { once: make.sendOnce(port) });
  expect(await pair.sim.settle(doMsg(once, oneWay('used')))).toBe(0);
  expect(once.isReleased).toBe(true);
  expect((await pair.sim.settle(port.receive())).body).toBe('used');
});

test.each(['here', 'there', 'in a message that nobody receives', 'in a message that cannot be sent'])(
  'released %s: a send-once notification',
  async (where) => {
    await using pair = await TwoTasks.start();
    using port = pair.a.allocate();
    if (where === 'here') make.sendOnce(port).deallocate();
    else if (where === 'there') (await pair.pass(pair.b, { once: make.sendOnce(port) })).once.deallocate();
    else {
      const other = pair.b.allocate();
      const { right } = await pair.pass(pair.a, { right: make.send(other) });
      const isLost = where === 'in a message that nobody receives';
      if (!isLost) other.destroy();
      await pair.sim.run();
      const sent = doMsg(right, oneWay({ once: make.sendOnce(port) }));
      expect(await pair.sim.settle(sent)).toBe(isLost ? 0 : 'MACH_SEND_INVALID_DEST');
      other.destroy();
      right.deallocate();
    }
    expect(await pair.sim.settle(port.receive())).toMatchObject({ notification: { id: 71 } });
  },
);

test('used when its port has died: refused, and no name is left', async () => {
  await using pair = await TwoTasks.start();
  const port = pair.a.allocate();
  const { once } = await pair.pass(pair.b, { once: make.sendOnce(port) });
  port.destroy();
  await pair.sim.run();
  expect(await pair.sim.settle(doMsg(once, oneWay(1)))).toBe('MACH_SEND_INVALID_DEST');
});

test('moved on: its last holder uses it', async () => {
  await using pair = await TwoTasks.start();
  using port = pair.a.allocate();
  const first = await pair.pass(pair.b, { once: make.sendOnce(port) });
  const { once } = await pair.pass(pair.a, { once: move(first.once) });
  sendMsg(once, oneWay('mine again'));
  expect((await pair.sim.settle(port.receive())).body).toBe('mine again');
});

test('its port travels: whoever has that by then gets the message', async () => {
  await using pair = await TwoTasks.start();
  const port = pair.a.allocate();
  const kept = make.sendOnce(port);
  const { once } = await pair.pass(pair.b, { once: make.sendOnce(port) });
  const { port: there } = await pair.pass(pair.b, { port: move(port) });
  expect(await pair.sim.settle(doMsg(kept, oneWay('from a')))).toBe(0);
  expect(await pair.sim.settle(doMsg(once, oneWay('from b')))).toBe(0);
  const bodies = new Set();
  for (let i = 0; i < 2; i += 1) bodies.add((await pair.sim.settle(there.receive())).body);
  expect(bodies).toEqual(new Set(['from a', 'from b']));
  there.destroy();
});

test('a copy of a send right is another: each has to be released', async () => {
  await using pair = await TwoTasks.start();
  using port = pair.a.allocate();
  let none = 0;
  port.onNoSenders(() => (none += 1));
  const { first, second }: { first: SendRight; second: SendRight } = await pair.pass(pair.b, {
    first: make.send(port),
    second: make.send(port),
  });
  const third = copy(first);
  for (const right of [first, second]) {
    right.deallocate();
    await pair.sim.run();
    expect(none).toBe(0);
  }
  third.deallocate();
  await pair.sim.run();
  expect(none).toBe(1);
});

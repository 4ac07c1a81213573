import { Call, doMsg, make, move, type ReceiveRight, replyMsg, type SendRight } from 'easync';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { TwoTasks } from './two-tasks.ts';

// A port with a backup goes there instead of dying (port-destroyed, mach.md §10).

describe('setBackup', () => {
  test('destroyed, the port comes to its backup with what waits in it, senders unaware', async () => {
    await using pair = await TwoTasks.start();
    using attic = pair.a.allocate();
    const { port, right } = await lendPort(pair, attic);
    const call = new Call(1, 'waits');
    const answer = doMsg(right, call);
    await pair.sim.run();
    port.destroy();
    const back = await returned(pair, attic);
    await answerOne(pair, back);
    expect(await pair.sim.settle(answer)).toBe(0);
    expect([call.result, right.isDead]).toEqual(['waits: done', false]);
    right.deallocate();
    back.destroy();
  });

  test('killed, its holder does not take along what it had not begun', async () => {
    await using pair = await TwoTasks.start();
    using attic = pair.a.allocate();
    const { port, right } = await lendPort(pair, attic);
    const answers = [1, 2, 3].map((n) => doMsg(right, new Call(n, n)));
    const first = await pair.sim.settle(port.receive());
    expect(first.body).toBe(1);
    await pair.sim.run();
    pair.kill(pair.b);
    const back = await returned(pair, attic);
    for (const n of [2, 3]) expect(await answerOne(pair, back)).toBe(n);
    expect(await Promise.all(answers.map((answer) => pair.sim.settle(answer)))).toEqual(['ESERVERDIED', 0, 0]);
    right.deallocate();
    back.destroy();
  });

  test('the request travels with the right', async () => {
    await using pair = await TwoTasks.start();
    using attic = pair.b.allocate();
    const port = pair.b.allocate();
    await pair.sim.settle(port.setBackup(make.sendOnce(attic)));
    const { port: there } = await pair.pass(pair.a, { port: move(port) });
    there.destroy();
    (await returned(pair, attic)).destroy();
  });

  test('replaced or taken back, the earlier right is given back: a send-once notification', async () => {
    await using pair = await TwoTasks.start();
    using first = pair.a.allocate();
    using second = pair.a.allocate();
    const port = pair.a.allocate();
    await pair.sim.settle(port.setBackup(make.sendOnce(first)));
    await pair.sim.settle(port.setBackup(make.sendOnce(second)));
    expect(await pair.sim.settle(first.receive())).toMatchObject({ notification: { id: 71 } });
    await pair.sim.settle(port.setBackup(null));
    expect(await pair.sim.settle(second.receive())).toMatchObject({ notification: { id: 71 } });
    port.destroy();
    await pair.sim.run();
  });

  test('it fires once: the port is to be given another', async () => {
    await using pair = await TwoTasks.start();
    using attic = pair.a.allocate();
    const { port, right } = await lendPort(pair, attic);
    let died = 0;
    right.onDead(() => (died += 1));
    port.destroy();
    const back = await returned(pair, attic);
    expect(died).toBe(0);
    back.destroy();
    await pair.sim.run();
    expect([died, right.isDead]).toEqual([1, true]);
    right.deallocate();
  });

  test('that is dead is refused', async () => {
    await using pair = await TwoTasks.start();
    const [attic, port] = [pair.a.allocate(), pair.a.allocate()];
    const once = make.sendOnce(attic);
    attic.destroy();
    const refused = rejection(port.setBackup(once));
    expect(await pair.sim.settle(refused)).toMatchObject({ code: 'KERN_INVALID_CAPABILITY' });
    port.destroy();
  });

  test('that died meanwhile is none: the port dies, and what waited in it is refused', async () => {
    await using pair = await TwoTasks.start();
    const attic = pair.a.allocate();
    const { port, right } = await lendPort(pair, attic);
    const answer = doMsg(right, new Call(1, 'waits'));
    expect(await rejection(pair.sim.settle(port.receive({ timeoutMs: 0 })))).toMatchObject({
      code: 'MACH_RCV_TIMED_OUT',
    });
    await pair.sim.run();
    attic.destroy();
    await pair.sim.run();
    port.destroy();
    expect(await pair.sim.settle(answer)).toBe('ESERVERDIED');
    right.deallocate();
  });

  test('the link ends as the port is given up: nothing more is heard of it', async () => {
    await using pair = await TwoTasks.start();
    using attic = pair.a.allocate();
    const { port, right } = await lendPort(pair, attic);
    port.destroy();
    pair.kill(pair.b);
    (await returned(pair, attic)).destroy();
    right.deallocate();
  });
});

/** Task b has the receive right of a port of a's, which goes back to `attic`; a has a right to send to it. */
async function lendPort(pair: TwoTasks, attic: ReceiveRight): Promise<{ port: ReceiveRight; right: SendRight }> {
  const own = pair.a.allocate();
  const right = make.send(own);
  await pair.sim.settle(own.setBackup(make.sendOnce(attic)));
  const { port } = await pair.pass(pair.b, { port: move(own) });
  return { port, right };
}

/** The receive right that comes to a backup. */
async function returned(pair: TwoTasks, attic: ReceiveRight): Promise<ReceiveRight> {
  const msg = await pair.sim.settle(attic.receive());
  expect(msg).toMatchObject({ notification: { id: 69 } });
  return msg.body as ReceiveRight;
}

async function answerOne(pair: TwoTasks, port: ReceiveRight): Promise<unknown> {
  const msg = await pair.sim.settle(port.receive());
  msg.result = `${String(msg.body)}: done`;
  replyMsg(msg, 0);
  return msg.body;
}

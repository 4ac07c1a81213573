import { copy, defineSubsystem, make, move, portOf, replyMsg, routine, type SendRight } from 'easync';
import { expect, test } from 'vitest';
import { Lab, LAB, Sub } from '../../support/lab.ts';
import { everywhere } from '../../support/everywhere.ts';
import { rejection } from '../../support/rejection.ts';
import { until } from '../../support/until.ts';

// Rights in bodies: who holds what afterwards is the same wherever the driver runs (DESIGN §5.2).
everywhere(Lab, LAB, (open, at) => {
  test('a copied right works for both', async () => {
    using lab = await open();
    using other = await at.system.open(Lab, LAB);
    await lab.keep({ right: copy(portOf(other)) });
    expect(await lab.use({ value: 1 })).toBe(1);
    expect(await other.echo(2)).toBe(2);
    await lab.drop();
  });

  test('a moved right is spent, and cannot be moved twice', async () => {
    using lab = await open();
    using other = await at.system.open(Lab, LAB);
    const right = copy(portOf(other));
    await lab.keep({ right: move(right) });
    expect(right.isReleased).toBe(true);
    expect(() => move(right)).toThrow(expect.objectContaining({ code: 'ERELEASED' }));
    expect(await lab.use({ value: 1 })).toBe(1);
    await lab.drop();
  });

  test('a right comes back to the task it is from, and means the same port', async () => {
    using lab = await open();
    using other = await at.system.open(Lab, LAB);
    await lab.keep({ right: copy(portOf(other)) });
    using back = at.system.bind(Lab, (await lab.give()).right);
    await back.note({ n: 'through the one that came back' });
    expect(await other.log()).toEqual(['through the one that came back']);
    await lab.drop();
  });

  test("a driver's own port, sent to itself", async () => {
    using lab = await open();
    await lab.keep({ right: copy(portOf(lab)) });
    using back = at.system.bind(Lab, (await lab.give()).right);
    expect(await back.echo(1)).toBe(1);
    await lab.drop();
  });

  test('a handler that fails, and a routine that is not there, have not taken over the rights they were given', async () => {
    using lab = await open();
    const wrong = defineSubsystem('wrong', { nothing: routine<unknown>() });
    using stranger = at.system.bind(wrong, copy(portOf(lab)));
    const calls = [
      (right: SendRight) => lab.fail({ how: 'own', right } as { how: string }),
      (right: SendRight) => lab.failLater({ how: 'own', right } as { how: string }),
      (right: SendRight) => stranger.nothing([right]),
    ];
    for (const call of calls) {
      using port = at.system.task.allocate();
      const gone = new Promise<void>((resolve) => port.onNoSenders(resolve));
      await rejection(call(make.send(port)));
      await gone;
    }
  });

  test('make.send: the receiver hears of the last sender', async () => {
    using lab = await open();
    using port = at.system.task.allocate();
    const gone = new Promise<void>((resolve) => port.onNoSenders(resolve));
    await lab.keep({ right: make.send(port) });
    await lab.drop();
    await gone;
  });

  test('make.sendOnce: exactly one message', async () => {
    using lab = await open();
    using port = at.system.task.allocate();
    const answered = lab.answer({ to: make.sendOnce(port), value: 'once' });
    const msg = await port.receive();
    expect(msg.body).toBe('once');
    replyMsg(msg, 0);
    await answered;
    await lab.answer({ to: make.sendOnce(port) });
    expect(await port.receive()).toMatchObject({ notification: { id: 71 } });
  });

  test('a right in several places of a body is one right', async () => {
    using lab = await open();
    using other = await at.system.open(Lab, LAB);
    const right = copy(portOf(other));
    const back = await lab.swap({ a: right, b: [right] });
    expect(back.same).toBe(true);
    using stub = at.system.bind(Lab, back.right);
    expect(await stub.echo(1)).toBe(1);
  });

  test('a message that could not be sent leaves its rights where they were', async () => {
    using lab = await open();
    using sub = at.system.bind(Sub, (await lab.sub()).port);
    await sub.close();
    using dead = at.system.bind(Lab, copy(portOf(sub)));
    using mine = copy(portOf(lab));
    using port = at.system.task.allocate();
    await until(async () => (await rejection(dead.echo(1)))['code'] === 'MACH_SEND_INVALID_DEST');
    await rejection(dead.keep({ right: copy(mine) }));
    await rejection(dead.answer({ to: make.sendOnce(port) }));
    expect(await port.receive()).toMatchObject({ notification: { id: 71 } });
  });

  test('onDead tells when the port dies, on either side', async () => {
    using lab = await open();
    const { port } = await lab.sub();
    using sub = at.system.bind(Sub, port);
    const dead = new Promise<void>((resolve) => port.onDead(resolve));
    await sub.close();
    await dead;
    expect(port.isDead).toBe(true);

    const mine = at.system.task.allocate();
    await lab.keep({ right: make.send(mine) });
    mine.destroy();
    await until(async () => (await lab.log()).includes('kept: dead'));
    await lab.drop();
  });

  test('ports of its own: state each, ended by no-senders', async () => {
    using lab = await open();
    const one = at.system.bind(Sub, (await lab.sub()).port);
    using two = at.system.bind(Sub, (await lab.sub()).port);
    expect([await one.next(), await one.next(), await two.next()]).toEqual([1, 2, 1]);
    one[Symbol.dispose]();
    await until(async () => (await lab.log()).includes('sub: no senders'));
    expect(await two.next()).toBe(2);
  });
});

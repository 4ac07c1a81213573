import { make, move, replyMsg } from 'easync';
import { expect, test } from 'vitest';
import { noteTo, Porter, PORTER } from '../../support/porter.ts';
import { everywhere } from '../../support/everywhere.ts';
import { rejection } from '../../support/rejection.ts';

// Receive rights in bodies (mach.md §3–§6, §12): the port goes with all that waits in it, and nobody who can send notices.
everywhere(Porter, PORTER, (open, at) => {
  test('the port goes, with what waits in it and who can send to it', async () => {
    using porter = await open();
    const port = at.system.task.allocate();
    using note = noteTo(port);
    const before = note.tell(1);
    await porter.take({ port: move(port) });
    const after = note.tell(2);
    expect(await porter.read()).toBe(1);
    expect(await porter.read()).toBe(2);
    expect(await Promise.all([before, after])).toEqual(['read 1', 'read 2']);
    await porter.destroy();
    expect(await rejection(note.tell(3))).toMatchObject({ code: 'MACH_SEND_INVALID_DEST', handled: 'no' });
  });

  test('and comes back: the same handle sends to it in place again', async () => {
    using porter = await open();
    const port = at.system.task.allocate();
    using note = noteTo(port);
    await porter.take({ port: move(port) });
    const there = note.tell('there');
    const { port: back } = await porter.give();
    const here = note.tell('here');
    for (const word of ['there', 'here']) {
      const msg = await back.receive();
      expect(msg.body).toBe(word);
      msg.result = `${word} answered`;
      replyMsg(msg, 0);
    }
    expect(await Promise.all([there, here])).toEqual(['there answered', 'here answered']);
    back.destroy();
  });

  test('the handle is spent; a receive that waits ends', async () => {
    using porter = await open();
    const port = at.system.task.allocate();
    const waiting = rejection(port.receive());
    await porter.take({ port: move(port) });
    expect(port.isDestroyed).toBe(true);
    expect(() => move(port)).toThrow(expect.objectContaining({ code: 'ERELEASED' }));
    await porter.destroy();
    expect(await waiting).toMatchObject({ code: 'MACH_RCV_PORT_DIED' });
  });

  test.runIf(at.check)('without move() it does not travel', async () => {
    using porter = await open();
    using port = at.system.task.allocate();
    expect(await rejection(porter.take({ port }))).toMatchObject({ code: 'EBADBODY' });
    expect(port.isDestroyed).toBe(false);
  });

  test('rights that stand in the same message', async () => {
    using porter = await open();
    const port = at.system.task.allocate();
    const right = make.send(port);
    await porter.take({ port: move(port), right });
    const told = porter.tell('to itself');
    expect(await porter.read()).toBe('to itself');
    await told;
    await porter.destroy();
  });

  test('send-once rights made before are good for one message after', async () => {
    using porter = await open();
    const port = at.system.task.allocate();
    const [once, given] = [make.sendOnce(port), make.sendOnce(port)];
    await porter.take({ port: move(port) });
    given.deallocate();
    expect(await porter.read()).toBe(71);
    once.deallocate();
    expect(await porter.read()).toBe(71);
    await porter.destroy();
  });

  test('the new holder hears of the last sender', async () => {
    using porter = await open();
    const port = at.system.task.allocate();
    const note = noteTo(port);
    await porter.take({ port: move(port) });
    const { port: back } = await porter.give();
    const gone = new Promise<void>((resolve) => back.onNoSenders(resolve));
    note[Symbol.dispose]();
    await gone;
    back.destroy();
  });

  test('the death of the port reaches handles that stayed', async () => {
    using porter = await open();
    const port = at.system.task.allocate();
    using right = make.send(port);
    const dead = new Promise<void>((resolve) => right.onDead(resolve));
    await porter.take({ port: move(port) });
    await porter.destroy();
    await dead;
    expect(right.isDead).toBe(true);
  });
});

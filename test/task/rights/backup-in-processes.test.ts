import { type Call, make, type Message, move, type ReceiveRight, replyMsg } from 'easync';
import { describe, expect, test } from 'vitest';
import { noteTo, Porter, PORTER } from '../../support/porter.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

// Backups with real processes, and with handles of the task itself; backup.test.ts has the rules.
describe('a port with a backup', () => {
  test('comes back when its holder is killed with -9, with the messages it had not taken', async () => {
    await using t = await testSystem();
    using porter = await t.sys.open(Porter, PORTER, { place: 'process' });
    using backup = t.sys.task.allocate();
    const port = t.sys.task.allocate();
    using note = noteTo(port);
    await port.setBackup(make.sendOnce(backup));
    await porter.take({ port: move(port) });
    const told = note.tell(1);
    expect(await porter.read()).toBe(1);
    await told;
    const waiting = [note.tell(2), note.tell(3)];
    await porter.die();
    using back = portIn(await backup.receive());
    answer(await back.receive(), 2);
    answer(await back.receive(), 3);
    await Promise.all(waiting);
  });

  test('goes to its backup when this task destroys it, with what its own handles sent', async () => {
    await using t = await testSystem();
    using backup = t.sys.task.allocate();
    const port = t.sys.task.allocate();
    using note = noteTo(port);
    await port.setBackup(make.sendOnce(backup));
    const told = note.tell(1);
    port.destroy();
    using back = portIn(await backup.receive());
    answer(await back.receive(), 1);
    await told;
  });

  test('dies if the backup is dead, or has been taken back', async () => {
    await using t = await testSystem();
    const backup = t.sys.task.allocate();
    for (const undo of [() => backup.destroy(), (port: ReceiveRight) => port.setBackup(null)].reverse()) {
      const port = t.sys.task.allocate();
      using note = noteTo(port);
      await port.setBackup(make.sendOnce(backup));
      await undo(port);
      const told = rejection(note.tell(1));
      port.destroy();
      expect(await told).toMatchObject({ handled: 'no' });
      expect(await rejection(note.tell(2))).toMatchObject({ code: 'MACH_SEND_INVALID_DEST' });
    }
  });
});

function portIn(msg: Message): ReceiveRight {
  expect((msg as Call).notification).toEqual({ id: 69 });
  return msg.body as ReceiveRight;
}

function answer(msg: Message, body: unknown): void {
  expect(msg.body).toBe(body);
  replyMsg(msg, 0);
}

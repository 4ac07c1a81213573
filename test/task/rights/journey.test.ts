import { DISP, make, move, type ReceiveRight, type SendRight } from 'easync';
import { expect, test } from 'vitest';
import { noteTo, Porter, PORTER } from '../../support/porter.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

// The corners of a receive right's way: what it left behind, and messages that never got there.
test('a receive right in a call whose time is up before there was room is released: its senders are told', async () => {
  await using t = await testSystem();
  using porter = await t.sys.open(Porter, PORTER, { place: 'process' });
  const full = t.sys.task.allocate({ qlimit: 1 });
  using note = noteTo(full);
  await porter.take({ port: move(full) });
  const first = note.tell('takes the only place');
  const port = t.sys.task.allocate();
  using right = make.send(port);
  const dead = new Promise<void>((resolve) => right.onDead(resolve));
  expect(await rejection(note.tell({ port: move(port) }, { timeoutMs: 1 }))).toMatchObject({ code: 'ETIMEDOUT' });
  await dead;
  expect(port.isDestroyed).toBe(true);
  expect(t.sys.task.departures.size).toBe(0);
  await porter.read();
  await first;
  await porter.destroy();
});

test('notifications that nobody has read go along', async () => {
  await using t = await testSystem();
  using porter = await t.sys.open(Porter, PORTER, { place: 'process' });
  const [port, backup] = [t.sys.task.allocate(), t.sys.task.allocate()];
  make.sendOnce(port).deallocate();
  const lost = t.sys.task.allocate();
  await lost.setBackup(make.sendOnce(port));
  lost.destroy();
  await backup.setBackup(make.sendOnce(port));
  await backup.setBackup(null);
  await porter.take({ port: move(port) });
  const ids = [await porter.read(), await porter.read(), await porter.read()];
  expect(ids.toSorted((a, b) => Number(a) - Number(b))).toEqual([69, 71, 71]);
  await porter.destroy();
  backup.destroy();
});

test('notification requests are no calls', async () => {
  await using t = await testSystem({ limits: { pendingCalls: 4 } });
  using porter = await t.sys.open(Porter, PORTER, { place: 'process' });
  const ports = Array.from({ length: 8 }, () => t.sys.task.allocate());
  await porter.take({ port: move(t.sys.task.allocate()) });
  for (const port of ports) await t.sys.task.traps.port_type(port.name);
  const rights: SendRight[] = ports.map((port) => make.send(port));
  for (const right of rights) right.onDead(() => {});
  expect(await porter.pid()).toBeGreaterThan(0);
  for (const right of rights) right.deallocate();
  for (const port of ports) port.destroy();
  await porter.destroy();
});

test('who asks of a dead port is told at once, and once: another stand-in of it may hear of the death later', async () => {
  await using t = await testSystem();
  using porter = await t.sys.open(Porter, PORTER, { place: 'process' });
  const port = t.sys.task.allocate();
  using right = make.send(port);
  await porter.take({ port: move(port) });
  const dead = new Promise<void>((resolve) => right.onDead(resolve));
  await porter.destroy();
  await dead;
  let told = 0;
  right.onDead(() => (told += 1));
  // Those that wait go along from stand-in to stand-in.
  t.sys.task.remotes.get(right.name)?.deaths.died();
  expect(told).toBe(1);
});

test('what keeps the order of handles is no message to who receives by name', async () => {
  await using t = await testSystem();
  using porter = await t.sys.open(Porter, PORTER, { place: 'process' });
  const { traps } = t.sys.task;
  const first = t.sys.task.allocate();
  using note = noteTo(first);
  await porter.take({ port: move(first) });
  const there = note.tell(1);
  const { port } = await porter.give();
  // From here on a barrier goes before what this task sends.
  await rejection(port.receive({ timeoutMs: 0 }));
  const here = note.tell(2);
  await porter.take({ port: move(port) });
  const { port: again } = await porter.give();
  const seen: unknown[] = [];
  while (seen.length < 2) {
    const { code, message } = await traps.msg({ receive: { name: nameOf(again) } });
    expect(code).toBe(0);
    seen.push(message?.body);
    if (message !== undefined)
      await traps.msg({ send: { remote: { disp: DISP.MOVE_SEND_ONCE, name: message.remote.name } } });
  }
  expect(seen).toEqual([1, 2]);
  expect(await traps.msg({ receive: { name: nameOf(again) }, receiveTimeout: 0 })).toEqual({
    code: 'MACH_RCV_TIMED_OUT',
  });
  await Promise.all([there, here]);
  again.destroy();
});

function nameOf(port: ReceiveRight): number {
  return port.name;
}

import { expect, test } from 'vitest';
import { beginMsg, doMsg, replyMsg, waitMsg } from '../../src/msgport/index.ts';
import { Call } from '../../src/task/index.ts';
import { pairOf } from './pair.ts';
import { Rig } from './rig.ts';

test('bodies of garbage bytes pass between two tasks untouched: the broker does not look', async () => {
  await using rig = await Rig.start();
  const { server, port, right } = await pairOf(rig);
  const { name } = port;
  const serving = (async () => {
    for await (const msg of port) {
      msg.result = msg.body;
      replyMsg(msg, 0);
    }
  })();
  for (const size of [0, 1, 100, 5_000, 65_536, 3_000_000]) {
    const garbage = Buffer.concat(Array.from({ length: Math.ceil(size / 65_536) }, () => rig.host.random(65_536)));
    const body = new Uint8Array(garbage.subarray(0, size));
    const call = new Call(7, body);
    call.raw = true;
    expect(await doMsg(right, call)).toBe(0);
    expect(Buffer.compare(call.result as Uint8Array, body)).toBe(0);
  }
  expect(server.ports.has(name)).toBe(true);
  port.destroy();
  await serving;
});

test('messages that nobody has received are the kernel’s: a drain hands them back in order, and they come again', async () => {
  await using rig = await Rig.start();
  const { server, port, right } = await pairOf(rig);
  const calls = ['a', 'b', 'c', 'd'].map((text) => new Call(1, text));
  for (const call of calls) beginMsg(right, call);

  const first = await port.receive();
  expect(first.body).toBe('a');
  const status = () => server.traps.call('port_get_receive_status', { name: port.name });
  // What was sent before has all been delivered, and still counts as queued.
  expect(await status()).toMatchObject({ seqno: 1, msgcount: 3 });

  expect(await rig.broker.drain(server.welcome.task, port.name)).toBe(1);
  await expect(port.receive({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'MACH_RCV_TIMED_OUT' });
  expect(await status()).toMatchObject({ seqno: 1, msgcount: 3 });

  // What was taken is the task's own, also to be answered.
  first.result = 1;
  replyMsg(first, 0);
  server.traps.post('serve', { name: port.name });
  for (const text of ['b', 'c', 'd']) {
    const msg = await port.receive();
    expect(msg.body).toBe(text);
    msg.result = text;
    replyMsg(msg, 0);
  }
  expect(await Promise.all(calls.map((call) => waitMsg(call)))).toEqual([0, 0, 0, 0]);
  expect(calls.map(({ result }) => result)).toEqual([1, 'b', 'c', 'd']);
});

test('a message that comes while a port is drained is neither lost nor doubled', async () => {
  await using rig = await Rig.start();
  const { client, server, port, right } = await pairOf(rig);
  const calls: Call[] = [];
  const send = (): void => {
    const call = new Call(1, calls.length);
    calls.push(call);
    beginMsg(right, call);
  };
  for (let i = 0; i < 8; i += 1) send();
  await client.traps.call('port_names', {});
  const drained = rig.broker.drain(server.welcome.task, port.name);
  for (let i = 0; i < 8; i += 1) send();
  expect(await drained).toBe(0);
  server.traps.post('serve', { name: port.name });
  for (let i = 0; i < 16; i += 1) {
    const msg = await port.receive();
    expect(msg.body).toBe(i);
    replyMsg(msg, 0);
  }
  expect(await Promise.all(calls.map((call) => waitMsg(call)))).toEqual(calls.map(() => 0));
  await expect(port.receive({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'MACH_RCV_TIMED_OUT' });
});

test('a drained message still has its own bytes, whatever its sender wrote over the link meanwhile', async () => {
  await using rig = await Rig.start();
  const { server, port, right } = await pairOf(rig);
  const precious = new Call(1, 'x'.repeat(1_000));
  beginMsg(right, precious);
  const { name } = port;
  const other = server.allocate({ label: 'other' });
  other.destroy();
  await rig.broker.drain(server.welcome.task, name).then(() => undefined);
  for (let i = 0; i < 100; i += 1) beginMsg(right, new Call(2, `overwrites ${i}`));
  server.traps.post('serve', { name });
  const msg = await port.receive();
  expect(msg.body).toBe('x'.repeat(1_000));
  replyMsg(msg, 0);
  expect(await waitMsg(precious)).toBe(0);
});

test('what cannot be drained says why', async () => {
  await using rig = await Rig.start();
  const { client, server, port, right } = await pairOf(rig);
  await expect(rig.broker.drain(99, 1)).rejects.toMatchObject({ code: 'KERN_INVALID_TASK' });
  await expect(rig.broker.drain(server.welcome.task, 0x7777)).rejects.toMatchObject({ code: 'KERN_INVALID_NAME' });
  const drained = rig.broker.drain(server.welcome.task, port.name);
  await expect(rig.broker.drain(server.welcome.task, port.name)).rejects.toMatchObject({ code: 'KERN_INVALID_ARGUMENT' });
  server.link.destroy();
  await expect(drained).rejects.toMatchObject({ code: 'KERN_INVALID_TASK' });
  expect(right.isReleased).toBe(false);
  await client.dispose();
});

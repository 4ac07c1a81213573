import { expect, test } from 'vitest';
import { DISP, NOTIFY } from '../../src/kernel/index.ts';
import { DirectPort, doMsg, replyMsg, waitMsg } from '../../src/msgport/index.ts';
import { Call, failureOf, move, type ReceiveRight } from '../../src/task/index.ts';
import { until } from '../support/until.ts';
import { Callers, inSection } from './callers.ts';

test('a drain gives back what waits, untouched, and in order', async () => {
  await using callers = await Callers.start();
  const { rig, server, port } = callers;
  const section = inSection();
  const calls = [1, 2, 3].map((n) => callers.begin(n));
  await callers.held(3);
  await rig.broker.drain(server.welcome.task, port.name);
  expect(server.heldBack.size).toBe(0);
  await section.end();
  expect(callers.log).toEqual([]);
  // Whoever serves it then gets them.
  await server.calls.call('serve', { name: port.name });
  expect(await Promise.all(calls.map((call) => waitMsg(call)))).toEqual([0, 0, 0]);
  expect(callers.log).toEqual([1, 2, 3]);
});

test('a receive right that moves out of a section takes along what waits, in order, and what comes after it', async () => {
  await using callers = await Callers.start();
  const section = inSection();
  const calls = [callers.begin(1), callers.begin(2)];
  await callers.held(2);
  const moved = await sentToClient(callers, callers.port);
  calls.push(callers.begin(3));
  await section.end();
  const received: unknown[] = [];
  while (received.length < 3) {
    const msg = await moved.receive();
    received.push(msg.body);
    msg.result = msg.body;
    replyMsg(msg, 0);
  }
  expect(received).toEqual([1, 2, 3]);
  expect(await Promise.all(calls.map((call) => waitMsg(call)))).toEqual([0, 0, 0]);
  expect(callers.log).toEqual([]);
  moved.destroy();
});

test('what was refused beyond heldBack is handled by nobody, wherever its port goes', async () => {
  await using callers = await Callers.start({ heldBack: 1 });
  const section = inSection();
  const first = callers.begin(1);
  await callers.held(1);
  await expect(callers.call(2)).rejects.toMatchObject({ code: 'ELIMIT', handled: 'no' });
  const moved = await sentToClient(callers, callers.port);
  // The kernel counts what is taken from the oldest on: what came before what was refused is refused with it.
  const code = await waitMsg(first);
  expect(failureOf(first, code, 'it')).toMatchObject({ code: 'ELIMIT', handled: 'no' });
  await section.end();
  const third = callers.begin(3);
  const msg = await moved.receive();
  expect(msg.body).toBe(3);
  replyMsg(msg, 0);
  expect(await waitMsg(third)).toBe(0);
  expect(callers.log).toEqual([]);
  moved.destroy();
  await callers.nothingQueued();
});

test('a receive in a section has what waits for its port, one outside of it waits', async () => {
  await using callers = await Callers.start();
  const port = callers.server.allocate({ label: 'received from', qlimit: 100 });
  const right = await callers.rightOf(callers.client, port);
  const outside = port.receive();
  const section = inSection();
  const first = callers.begin(1, right);
  const other = callers.call('other');
  await callers.held(2);
  let has = false;
  void outside.then(() => (has = true));
  await callers.server.calls.call('port_names', {});
  expect(has).toBe(false);
  await section.end();
  replyMsg(await outside, 0);
  expect(await waitMsg(first)).toBe(0);
  expect(await other).toBe('other');
  const second = inSection();
  const calls = [callers.begin(2, right), callers.begin(3, right)];
  await callers.held(2);
  await second.end();
  const received = inSection(async () => {
    for (const call of calls) {
      replyMsg(await port.receive(), 0);
      expect(await waitMsg(call)).toBe(0);
    }
    const late = callers.begin(4, right);
    replyMsg(await port.receive(), 0);
    expect(await waitMsg(late)).toBe(0);
  });
  await received.is('inside');
  await received.end();
  right.deallocate();
  port.destroy();
});

test('a receive in a section does not wait for what is held before it', async () => {
  await using callers = await Callers.start();
  const port = callers.server.allocate({ label: 'received from', qlimit: 100 });
  const right = await callers.rightOf(callers.client, port);
  // Somebody has to want its messages first.
  await expect(port.receive({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'MACH_RCV_TIMED_OUT' });
  const calls: Call[] = [];
  const section = inSection(async () => {
    calls.push(callers.begin(1, right), callers.begin(2, right));
    await callers.held(2);
    for (const n of [1, 2]) {
      const msg = await port.receive();
      expect(msg.body).toBe(n);
      replyMsg(msg, 0);
    }
  });
  await section.is('inside');
  expect(await Promise.all(calls.map((call) => waitMsg(call)))).toEqual([0, 0]);
  await section.end();
  right.deallocate();
  port.destroy();
});

test('a receive by name likewise: its caller’s section lets it pass, any other keeps it waiting', async () => {
  await using callers = await Callers.start();
  const { server, client } = callers;
  const { name } = await server.traps.port_allocate(1);
  const theirs = nameForClient(callers, name);
  const outside = server.traps.msg({ receive: { name } });
  const section = inSection(async () => {
    const sent = await client.traps.msg({ send: { remote: { disp: DISP.COPY_SEND, name: theirs }, body: 'first' } });
    expect(sent.code).toBe(0);
    await server.calls.call('port_names', {});
    const inside = server.traps.msg({ receive: { name } });
    await client.traps.msg({ send: { remote: { disp: DISP.COPY_SEND, name: theirs }, body: 'second' } });
    expect((await inside).message?.body).toBe('second');
  });
  await section.is('inside');
  let has = false;
  void outside.then(() => (has = true));
  await server.calls.call('port_names', {});
  expect(has).toBe(false);
  await section.end();
  expect((await outside).message?.body).toBe('first');
  await server.traps.port_destroy(name);
  await client.traps.port_deallocate(theirs);
});

/** The client's name for a send right to the server's port. */
function nameForClient({ rig: { broker }, server, client }: Callers, name: number): number {
  const granted = broker.kernel.grant(server.welcome.task, { disp: DISP.MAKE_SEND, name }, client.welcome.task);
  return granted.name ?? 0;
}

async function sentToClient(callers: Callers, port: ReceiveRight): Promise<ReceiveRight> {
  const mailbox = callers.client.allocate({ label: 'mailbox' });
  const right = await callers.rightOf(callers.server, mailbox);
  const carrier = new Call(1, { port: move(port) });
  carrier.oneWay = true;
  expect(await doMsg(right, carrier)).toBe(0);
  right.deallocate();
  await until(() => callers.server.departures.size === 0);
  await mailbox.hasMessages();
  const { body } = await receivedInside(mailbox);
  mailbox.destroy();
  return (body as { port: ReceiveRight }).port;
}

/** What the test does for the client is in nobody's section, but the thread is: a receive in a section of its own has its message. */
async function receivedInside(mailbox: ReceiveRight): Promise<{ body: unknown }> {
  let body: unknown;
  const section = inSection(async () => {
    body = (await mailbox.receive()).body;
  });
  await section.is('inside');
  await section.end();
  return { body };
}

test('a notification to a port passes, but not what is held for that very port before it', async () => {
  await using callers = await Callers.start();
  const { server, client, port, otherPort } = callers;
  const came: unknown[] = [];
  for (const one of [port, otherPort]) {
    one.serve(
      new DirectPort((msg) => {
        came.push([one === port ? 'port' : 'other', msg.id]);
        return 0;
      }),
    );
  }
  const rights = [];
  for (const one of [port, otherPort]) {
    const theirs = client.allocate({ label: 'theirs' });
    const right = await callers.rightOf(server, theirs);
    const notify = { disp: DISP.MAKE_SEND_ONCE, name: one.name };
    await server.calls.call('port_request_notification', {
      name: right.name,
      variant: NOTIFY.DEAD_NAME,
      sync: 0,
      notify,
      tag: 0,
    });
    rights.push({ right, theirs });
  }
  const section = inSection();
  const call = callers.begin(1);
  await callers.held(1);
  for (const { theirs } of rights) theirs.destroy();
  await callers.held(2);
  expect(came).toEqual([['other', NOTIFY.DEAD_NAME]]);
  await section.end();
  expect(await waitMsg(call)).toBe(0);
  expect(came.slice(1)).toEqual([
    ['port', 1],
    ['port', NOTIFY.DEAD_NAME],
  ]);
  for (const { right } of rights) right.deallocate();
});

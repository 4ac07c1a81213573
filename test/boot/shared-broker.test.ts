import { readFileSync } from 'node:fs';
import { boot, defineSubsystem, routine, simpleroutine } from 'easync';
import { expect, test } from 'vitest';
import { isRunning } from '../support/processes.ts';
import { rejection } from '../support/rejection.ts';
import { Scratch } from '../support/scratch.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { within } from '../support/until.ts';

const SPINNER = new URL('./fixtures/spinner.js', import.meta.url);
const Spinner = defineSubsystem('spinner', {
  pid: routine<void, number>(),
  note: simpleroutine<{ n: number }>(),
  notes: routine<void, number[]>(),
  hang: routine(),
  spin: simpleroutine(),
});

test('EASYNC_SOCKET names the broker to attach to; if it points nowhere, the error says so and what to do', async () => {
  await using broker = await SharedBroker.start();
  process.env['EASYNC_SOCKET'] = broker.socket;
  try {
    const sys = await boot({ label: 'attached' });
    const status = await sys.host?.ps();
    expect(status).toMatchObject({ pid: broker.program.pid, socket: broker.socket });
    expect(status?.tasks.map(({ label }) => label)).toContain('attached');
    await sys.dispose();

    process.env['EASYNC_SOCKET'] = broker.scratch.join('nobody.sock');
    const error = await rejection(boot());
    expect(error).toMatchObject({ code: 'ENOBROKER', object: broker.scratch.join('nobody.sock') });
    expect(error.message).toMatch(/nobody\.sock.*easync broker.*EASYNC_SOCKET/);
  } finally {
    delete process.env['EASYNC_SOCKET'];
  }
});

test('a path that is too long for a socket is refused, with what to do', async () => {
  await using scratch = await Scratch.make();
  const error = await rejection(boot({ socket: scratch.join('x'.repeat(120)) }));
  expect(error).toMatchObject({ code: 'ESOCKETPATH' });
  expect(error.message).toContain('shorter');
});

test('when the broker dies, every waiting call settles within a second, and the drivers it spawned end', async () => {
  await using broker = await SharedBroker.start();
  const sys = await boot({ socket: broker.socket });
  const hanging = await sys.open(Spinner, SPINNER, { place: 'process', name: 'hanging' });
  const spinning = await sys.open(Spinner, SPINNER, { place: 'process', name: 'spinning' });
  const pids = [Number(await hanging.pid()), Number(await spinning.pid())];
  await spinning.spin();
  const calls = [hanging.hang(), hanging.hang(), spinning.pid(), sys.names.lookUp({ name: 'nobody', wait: true })];
  const settled = Promise.allSettled(calls);
  const killed = performance.now();
  broker.program.kill('SIGKILL');
  for (const outcome of await settled) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'EBROKERDIED', handled: 'maybe' } });
  }
  expect(performance.now() - killed).toBeLessThan(1_000);
  expect(await within(5_000, () => !pids.some(isRunning))).toBe(true);
  expect(await rejection(hanging.pid())).toMatchObject({ code: 'MACH_SEND_INVALID_DEST' });
  await sys.dispose();
});

test('one-way sends before dispose are delivered', async () => {
  await using broker = await SharedBroker.start();
  await using server = await boot({ socket: broker.socket, label: 'server' });
  const notes: number[] = [];
  const service = server.serve(Spinner, {
    pid: () => process.pid,
    note: ({ n }) => void notes.push(n),
    notes: () => notes,
    hang: () => new Promise(() => undefined),
    spin: () => undefined,
  });
  await server.names.checkIn({ name: 'notes', port: service.right() });

  const client = await boot({ socket: broker.socket, label: 'client' });
  const port = await client.lookUp(Spinner, 'notes');
  const sent = Array.from({ length: 200 }, (_, n) => n);
  const outcomes = sent.map((n) => port.note({ n }));
  await client.dispose();
  const told = await Promise.allSettled(outcomes);
  expect(told.filter(({ status }) => status === 'rejected')).toEqual([]);
  // The server's own answer comes after all that was queued before it.
  using again = await server.lookUp(Spinner, 'notes');
  await expect.poll(() => again.notes(), { timeout: 5_000 }).toEqual(sent);
});

test('a spawned task has its identity from a descriptor: nothing of it in argv or environment, and no host right', async () => {
  await using broker = await SharedBroker.start();
  const sys = await boot({ socket: broker.socket });
  const driver = await sys.open(Spinner, SPINNER, { place: 'process', name: 'the driver' });
  const pid = Number(await driver.pid());
  const read = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');
  const argv = read('cmdline').split('\0').filter(Boolean);
  expect(argv).toHaveLength(2);
  expect(argv[1]).toMatch(/main\/driver\.js$/);
  expect(read('environ')).toBe(readFileSync(`/proc/${broker.program.pid}/environ`, 'utf8'));

  const status = await sys.host?.ps();
  expect(status?.tasks.find((task) => task.label === 'the driver')).toMatchObject({ pid, threadId: 0 });
  const ports = (await sys.host?.ports({})) ?? [];
  const hostPort = ports.find(
    ({ task, name }) => task === sys.task.welcome.task && name === sys.task.welcome.host,
  )?.port;
  const ofDriver = ports.filter(({ label }) => label === 'the driver').map(({ port }) => port);
  expect(hostPort).toBeTypeOf('number');
  expect(ofDriver.length).toBeGreaterThan(0);
  expect(ofDriver).not.toContain(hostPort);
  await sys.dispose();
});

test('a thread is a task of its own in ps, under the driver’s name', async () => {
  await using broker = await SharedBroker.start();
  const sys = await boot({ socket: broker.socket });
  await sys.open(Spinner, SPINNER, { place: 'thread', name: 'threaded' });
  const status = await sys.host?.ps();
  const task = status?.tasks.find(({ label }) => label === 'threaded');
  expect(task?.pid).toBe(process.pid);
  expect(task?.threadId).toBeGreaterThan(0);
  await sys.dispose();
});

test('a driver in the broker is called from tasks and calls them', async () => {
  await using broker = await SharedBroker.start();
  const sys = await boot({ socket: broker.socket });
  const driver = await sys.open(Spinner, SPINNER, { place: 'broker' });
  expect(await driver.pid()).toBe(broker.program.pid);
  const waiting = sys.lookUp(Spinner, 'later', { wait: true });
  const service = sys.serve(Spinner, {
    pid: () => 42,
    note: () => undefined,
    notes: () => [],
    hang: () => undefined,
    spin: () => undefined,
  });
  // The name server is a driver in the broker itself; to answer it sends a right of ours back to us.
  await sys.names.checkIn({ name: 'later', port: service.right() });
  expect(await (await waiting).pid()).toBe(42);
  await sys.dispose();
});

import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { boot, type System } from 'easync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { realHost } from '../../src/host/real.ts';
import { Lab, LAB } from '../support/lab.ts';
import { CLI, isRunning, Program } from '../support/processes.ts';
import { rejection } from '../support/rejection.ts';
import { Scratch } from '../support/scratch.ts';
import { until } from '../support/until.ts';

const TASK = fileURLToPath(new URL('./fixtures/named-task.js', import.meta.url));

/** The runtime directory of one test. */
let scratch: Scratch;

beforeEach(async () => {
  scratch = await Scratch.make();
  process.env['XDG_RUNTIME_DIR'] = scratch.path;
});

afterEach(async () => {
  delete process.env['XDG_RUNTIME_DIR'];
  await scratch[Symbol.asyncDispose]();
});

test('the first boot starts the broker, others share it, its starter may leave, and it ends with the last', async () => {
  await using starter = new Program([TASK, 'west'], { group: true });
  const pid = Number(await starter.line());
  const sys = await boot({ broker: 'west' });
  expect(await pidOf(sys)).toBe(pid);
  // As a terminal does, to everything that was started from it.
  process.kill(-starter.pid, 'SIGKILL');
  await starter.exited;
  await until(async () => (await sys.host?.ps())?.tasks.length === 2);
  await sys.dispose();
  await until(() => !isRunning(pid));
  expect(scratch.files).toEqual(['easync']);
});

test('nobody reads what it prints, and it goes on', async () => {
  const sys = await boot({ broker: 'west' });
  const lab = await sys.open(Lab, LAB, { place: 'broker' });
  for (const stream of ['stdout', 'stderr'] as const) await lab.print({ stream, text: 'x'.repeat(100_000) });
  expect(await lab.where()).toMatchObject({ pid: await pidOf(sys) });
  await sys.dispose();
});

test('two names are two brokers, and the name broker is that of the one without a name', async () => {
  await using hand = new Program([CLI, 'broker', '--json']);
  const { pid } = JSON.parse(await hand.line()) as { pid: number };
  const [plain, west] = await Promise.all([boot({ broker: 'broker' }), boot({ broker: 'west' })]);
  expect(await pidOf(plain)).toBe(pid);
  expect(await pidOf(west)).not.toBe(pid);
  await Promise.all([plain.dispose(), west.dispose()]);
});

test('five processes that start at once are on one broker', async () => {
  const programs = Array.from({ length: 5 }, () => new Program([TASK, 'west']));
  const pids = await Promise.all(programs.map(async (program) => Number(await program.line())));
  expect(new Set(pids).size).toBe(1);
  for (const program of programs) program.kill('SIGTERM');
  for (const { exited } of programs) expect(await exited).toEqual({ code: 0, signal: null });
  await until(() => !pids.some(isRunning));
  expect(scratch.files).toEqual(['easync']);
});

test('a broker that was killed is replaced, and what it left is cleared', async () => {
  const first = await boot({ broker: 'west' });
  const killed = await pidOf(first);
  process.kill(killed, 'SIGKILL');
  await first.task.closed;
  expect(scratch.files).toContain('easync/west.sock');
  const second = await boot({ broker: 'west' });
  const pid = await pidOf(second);
  expect(pid).not.toBe(killed);
  await Promise.all([first.dispose(), second.dispose()]);
  await until(() => !isRunning(pid));
  expect(scratch.files).toEqual(['easync']);
});

test('whoever comes while the last task leaves is attached, to this broker or the next', async () => {
  let last = await boot({ broker: 'west' });
  for (let round = 0; round < 4; round += 1) {
    const leaving = last.dispose();
    // Later by as much as it takes to meet the end at another point.
    for (let turn = 0; turn < round; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    last = await boot({ broker: 'west' });
    expect(await pidOf(last)).toBeGreaterThan(0);
    await leaving;
  }
  await last.dispose();
});

test('a broker that lets us connect and ends without a look at the link is as good as none', async () => {
  await mkdir(scratch.join('easync'), { mode: 0o700 });
  const socket = scratch.join('easync/west.sock');
  const ending = createServer((link) => {
    ending.close();
    link.destroy();
  });
  await new Promise<void>((resolve) => ending.listen(socket, resolve));
  const sys = await boot({ broker: 'west' });
  expect(await pidOf(sys)).toBeGreaterThan(0);
  await sys.dispose();
});

test('a connection that has not said hello keeps a broker, until it has', async () => {
  const sys = await boot({ broker: 'west' });
  const pid = await pidOf(sys);
  const link = await realHost().connect(scratch.join('easync/west.sock'));
  await sys.dispose();
  const next = await boot({ broker: 'west' });
  expect(await pidOf(next)).toBe(pid);
  await next.dispose();
  expect(isRunning(pid)).toBe(true);
  link.destroy();
  await until(() => !isRunning(pid));
});

test('a broker started by hand stays when its last task has left', async () => {
  await using broker = new Program([CLI, 'broker', '--json', '--name', 'west']);
  await broker.line();
  for (let round = 0; round < 2; round += 1) {
    const sys = await boot({ broker: 'west' });
    expect(await pidOf(sys)).toBe(broker.pid);
    await sys.dispose();
  }
});

test('with --until-idle it ends with its last task, and after handshakeMs if none came', async () => {
  await using used = new Program([CLI, 'broker', '--json', '--name', 'east', '--until-idle']);
  await used.line();
  const sys = await boot({ broker: 'east' });
  await sys.dispose();
  expect(await used.exited).toEqual({ code: 0, signal: null });
  await using unused = new Program([CLI, 'broker', '--name', 'west', '--until-idle', '--limit', 'handshakeMs=500']);
  expect(await unused.exited).toEqual({ code: 0, signal: null });
  expect(scratch.files).toEqual(['easync']);
});

test.each(['', '../west', '.west', '-west', 'a/b', 'a b', 'wést', 'west~', 'west\n'])(
  '%j is no name',
  async (broker) => {
    expect(await rejection(boot({ broker }))).toMatchObject({ code: 'EINVAL', object: broker });
  },
);

test('a name that makes its path too long is refused, with what to do', async () => {
  for (const broker of ['x'.repeat(200), 'x'.repeat(106 - scratch.join('easync/.sock').length)]) {
    const error = await rejection(boot({ broker }));
    expect(error).toMatchObject({ code: 'ESOCKETPATH' });
    expect(error.message).toMatch(/use a shorter runtime directory or broker name/);
  }
});

test('a name and a socket at once are refused; a name goes before EASYNC_SOCKET', async () => {
  const socket = scratch.join('nobody.sock');
  expect(await rejection(boot({ broker: 'west', socket }))).toMatchObject({ code: 'EINVAL', object: 'west' });
  process.env['EASYNC_SOCKET'] = socket;
  try {
    const sys = await boot({ broker: 'west' });
    await sys.dispose();
  } finally {
    delete process.env['EASYNC_SOCKET'];
  }
});

test('a directory that others could get into is not trusted', async () => {
  await mkdir(scratch.join('easync'), { mode: 0o755 });
  expect(await rejection(boot({ broker: 'west' }))).toMatchObject({ code: 'ERUNTIMEDIR' });
});

test('commands find a broker by its name, and start none', async () => {
  await using nobody = new Program([CLI, 'ps', '--broker', 'west']);
  expect((await nobody.exited).code).toBe(3);
  const sys = await boot({ broker: 'west', label: 'we' });
  await using ps = new Program([CLI, 'ps', '--json', '--broker', 'west']);
  const status = JSON.parse(await ps.line()) as { pid: number; tasks: { label: string }[] };
  expect(status.pid).toBe(await pidOf(sys));
  expect(status.tasks.map(({ label }) => label)).toContain('we');
  await sys.dispose();
});

test.each([
  [['ps', '--broker', 'west', '--socket', '/x'], "'west' and --socket /x may be two brokers"],
  [['broker', '--name', 'west', '--socket', '/x'], "'west' and --socket /x may be two brokers"],
  [['broker', '--broker', 'west'], 'easync broker takes its own name as --name'],
  [['ps', '--until-idle'], '--until-idle is an option of easync broker'],
  [['ps', '--name', 'west'], '--name is an option of easync broker and run'],
])('wrong usage, %j, is told', async (args, text) => {
  await using program = new Program([CLI, ...args]);
  expect((await program.exited).code).toBe(2);
  expect(await program.stderr).toContain(text);
});

async function pidOf(sys: System): Promise<number> {
  return (await sys.host?.ps())?.pid ?? 0;
}

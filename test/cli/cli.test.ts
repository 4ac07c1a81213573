import { chmod } from 'node:fs/promises';
import { boot, type BrokerStatus, defineSubsystem, type PortStatus, routine, type System, make } from 'easync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLI, Program } from '../support/processes.ts';
import { Scratch } from '../support/scratch.ts';
import { SharedBroker } from '../support/shared-broker.ts';

const Echo = defineSubsystem('echo', { echo: routine<unknown, unknown>() });

describe('with a broker', () => {
  let broker: SharedBroker;
  let server: System;
  let client: System;

  beforeAll(async () => {
    broker = await SharedBroker.start();
    server = await boot({ socket: broker.socket, label: 'the server' });
    client = await boot({ socket: broker.socket, label: 'the client' });
    const service = server.serve(Echo, { echo: (value) => value });
    await server.names.checkIn({ name: 'echo', port: service.right() });
  });

  afterAll(async () => {
    await client.dispose();
    await server.dispose();
    await broker[Symbol.asyncDispose]();
  });

  test('ps lists the broker, what keeps strangers out, and its tasks', async () => {
    const { code, stdout } = await run('ps');
    expect(code).toBe(0);
    expect(stdout[0]).toContain(
      `broker ${broker.program.pid} at ${broker.socket}; directory checked 0700, peer credentials`,
    );
    expect(stdout[1]).toMatch(/^task +pid +thread +names +ports +queued B +sleepers +label$/);
    const rows = stdout.slice(2).map((line) => line.split(/ {2,}/).at(-1));
    expect(rows).toEqual(['broker', 'the server', 'the client', 'easync command']);
  });

  test('ps --json is one value on one line', async () => {
    const { stdout } = await run('ps', '--json');
    expect(stdout).toHaveLength(1);
    const status = JSON.parse(stdout[0] ?? '') as BrokerStatus;
    expect(status).toMatchObject({ pid: broker.program.pid, socket: broker.socket, dead: 0 });
    expect(status.tasks.find(({ label }) => label === 'the server')).toMatchObject({ pid: process.pid, threadId: 0 });
  });

  test('ports shows names, rights, references, peers, queues and the age of the oldest message', async () => {
    const port = client.task.allocate({ label: 'unread', qlimit: 9 });
    const { stdout } = await run('ports', '--json');
    expect(stdout).toHaveLength(1);
    const all = JSON.parse(stdout[0] ?? '') as PortStatus[];
    const service = all.find(
      ({ label, rights, qlimit }) => label === 'the server' && rights.includes('receive') && qlimit === 1024,
    );
    const names = all.find(({ label }) => label === 'broker');
    expect(service).toMatchObject({ receiver: service?.task, senders: [names?.task], queued: 0, oldestMs: null });
    port.destroy();
  });

  test('ports of one task, and a queue that nobody reads', async () => {
    const unread = server.task.allocate({ label: 'unread', qlimit: 9 });
    await server.names.register({ name: 'unread', port: make.send(unread) });
    const sender = await client.lookUp(Echo, 'unread');
    const calls = [sender.echo(1), sender.echo(2), sender.echo(3)];
    await client.names.list();
    const { stdout } = await run('ports', String(server.task.welcome.task));
    const row = stdout
      .map((line) => line.split(/ {2,}/).map((cell) => cell.trim()))
      .find((cells) => cells.includes('3/9'));
    expect(row).toBeDefined();
    expect(row?.join(' ')).toContain('receive');
    expect(Number(row?.at(-2))).toBeGreaterThanOrEqual(0);
    unread.destroy();
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    sender[Symbol.dispose]();
  });

  test('ping takes the way that calls take', async () => {
    const plain = await run('ping', 'echo');
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout[0]).toMatch(/^echo answers: \d+ µs(, \d+ µs)+$/);
    const { stdout } = await run('ping', 'echo', '--json');
    expect(stdout).toHaveLength(1);
    expect(JSON.parse(stdout[0] ?? '')).toMatchObject({ name: 'echo', us: new Array(5).fill(expect.any(Number)) });
  });

  test('ping of a name that nobody has says so and fails', async () => {
    expect(await run('ping', 'nobody')).toEqual({
      code: 1,
      stdout: [],
      stderr: "easync: ENONAME: nothing is checked in as 'nobody'\n",
    });
  });

  test.each([
    [['ports', 'x'], "'x' is no task number"],
    [['ports', '1', '2'], 'one task number at most'],
    [['ping'], 'takes the name of a port'],
    [['ps', '--what'], "Unknown option '--what'"],
    [['ps', '--limit', 'tasks=1'], '--limit is an option of easync broker'],
    [['ports', '--dead'], '--dead is an option of easync ps'],
    [['fly'], "there is no command 'fly'"],
  ])('wrong usage, %j, is told in one line and exits with 2', async (args, text) => {
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stdout).toEqual([]);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(text);
  });

  /** By the environment, as a user would. */
  async function run(...args: string[]): Promise<{ code: number | null; stdout: string[]; stderr: string }> {
    await using program = new Program([CLI, ...args], { env: { EASYNC_SOCKET: broker.socket } });
    const stdout = await program.rest();
    return { code: (await program.exited).code, stdout, stderr: await program.stderr };
  }
});

test.each([['ps'], ['ports'], ['ping', 'x'], ['ps', '--json']])(
  'without a broker, %s says so in one line and exits with 3',
  async (...args) => {
    await using scratch = await Scratch.make();
    // Set to nothing is not set: what is asked is the default place, and no private broker is started.
    for (const env of [{ EASYNC_SOCKET: scratch.join('none') }, { EASYNC_SOCKET: '', XDG_RUNTIME_DIR: scratch.path }]) {
      await using program = new Program([CLI, ...args], { env });
      expect(await program.rest()).toEqual([]);
      expect((await program.exited).code).toBe(3);
      const stderr = await program.stderr;
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stderr).toMatch(/^easync: ENOBROKER: no broker listens at .*; start one with `easync broker/);
    }
  },
);

test.each([
  ['nonsense=1', "--limit nonsense=1: there is no limit 'nonsense'; docs/limits.md lists them"],
  ['tasks=many', '--limit tasks=many: it has to be a number above 0'],
])('a broker does not start with --limit %s', async (limit, text) => {
  await using scratch = await Scratch.make();
  await using broker = new Program([CLI, 'broker', '--socket', scratch.join('broker.sock'), '--limit', limit]);
  expect((await broker.exited).code).toBe(1);
  expect(await broker.stderr).toBe(`easync: EINVAL: ${text}\n`);
});

test('a runtime directory that others could have put there is not trusted', async () => {
  await using scratch = await Scratch.make();
  await using broker = new Program([CLI, 'broker', '--json'], { env: { XDG_RUNTIME_DIR: scratch.path } });
  await broker.line();
  await chmod(scratch.join('easync'), 0o777);
  await using ps = new Program([CLI, 'ps'], { env: { XDG_RUNTIME_DIR: scratch.path } });
  expect((await ps.exited).code).toBe(1);
  expect(await ps.stderr).toContain('ERUNTIMEDIR');
});

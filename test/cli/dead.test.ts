import { boot, type BrokerStatus, type DeadTask, type System } from 'easync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realHost } from '../../src/host/real.ts';
import { PROTOCOL } from '../../src/wire/index.ts';
import { Peer } from '../broker/peer.ts';
import { Lab, LAB } from '../support/lab.ts';
import { CLI, Program } from '../support/processes.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';

let broker: SharedBroker;
let sys: System;

beforeAll(async () => {
  broker = await SharedBroker.start();
  sys = await boot({ socket: broker.socket, label: 'bystander' });
});

afterAll(async () => {
  await sys.dispose();
  await broker[Symbol.asyncDispose]();
});

test('nobody has died: ps has nothing to say of it, and --dead says so', async () => {
  const left = await boot({ socket: broker.socket, label: 'left in good order' });
  await left.dispose();
  expect(await dead()).toEqual([]);
  expect(await run('ps', '--dead')).toEqual(['every task that has ended did so in good order']);
  expect((await run('ps')).join('\n')).not.toContain('dead');
});

test('each death has its reason, newest first; ps counts them, --dead --json is one value', async () => {
  using lab = await sys.open(Lab, LAB, { place: 'process', name: 'exits' });
  const exits = await lab.where();
  await lab.crash({ how: 'exit' });
  await died(exits.pid, 'exited with code');

  using other = await sys.open(Lab, LAB, { place: 'process', name: 'is killed' });
  const killed = await other.where();
  process.kill(killed.pid, 'SIGKILL');
  await died(killed.pid, 'SIGKILL');

  const attached = `
    import { boot } from 'easync';
    const sys = await boot({ socket: ${JSON.stringify(broker.socket)}, label: 'crashes' });
    console.log('attached');
    setTimeout(() => { throw new Error('a bug'); });
  `;
  await using program = new Program(['--input-type=module', '-e', attached]);
  await program.line();
  await program.exited;
  await died(program.pid, 'without a goodbye');

  const old = await peer();
  old.send('hello', { major: PROTOCOL.major + 1, minor: 0, pid: 1, threadId: 2, label: 'from \u001b[2J\nthe future' });
  await old.refusal();

  const list = await dead();
  expect(list.map(({ label }) => label)).toEqual(['from \u001b[2J\nthe future', 'crashes', 'is killed', 'exits']);
  expect(list.map(({ code }) => code)).toEqual(['EVERSION', null, null, null]);
  expect(list[0]).toMatchObject({ task: 0, threadId: 2, reason: expect.stringContaining('version') as string });
  expect(list[1]).toMatchObject({ pid: program.pid, threadId: 0 });
  expect(list[2]).toMatchObject({ pid: killed.pid, reason: 'its process was killed by SIGKILL' });
  expect(list[3]).toMatchObject({ pid: exits.pid, reason: expect.stringMatching(/exited with code \d+$/) as string });
  for (const { at } of list) expect(Math.abs(Date.now() - at)).toBeLessThan(60_000);
  expect(list.slice(1).every(({ task }) => task > 0)).toBe(true);

  const table = await run('ps', '--dead');
  expect(table[0]).toMatch(/^ended +task +pid +thread +label +reason$/);
  expect(table).toHaveLength(1 + list.length);
  expect(table[1]).toContain('from \\u{1b}[2J\\u{a}the future');
  expect(table[1]).toContain(new Date(list[0]?.at ?? 0).toISOString());
  expect((await run('ps')).at(-1)).toBe('4 dead: easync ps --dead says why');
  expect((JSON.parse((await run('ps', '--json')).join('')) as BrokerStatus).dead).toBe(4);
});

test('who broke the protocol is told, and the operator is told the same', async () => {
  const bad = await peer();
  bad.hello();
  await bad.frame('welcome');
  bad.send('hello', { ...PROTOCOL, pid: 1, threadId: 0, label: 'twice' });
  const { code, reason } = await bad.refusal();
  const [newest] = await dead();
  expect(newest).toMatchObject({ label: 'peer', code, reason });
  expect(code).toBe('EPROTOCOL');
});

async function peer(): Promise<Peer> {
  return new Peer(await realHost().connect(broker.socket));
}

async function dead(): Promise<DeadTask[]> {
  const [line, ...more] = await run('ps', '--dead', '--json');
  expect(more).toEqual([]);
  return JSON.parse(line ?? '') as DeadTask[];
}

/** The broker learns of a death in its own time. */
async function died(pid: number, reason: string): Promise<void> {
  await until(async () => {
    const list = await sys.host?.dead();
    return list?.some((task) => task.pid === pid && task.reason.includes(reason)) === true;
  });
}

async function run(...args: string[]): Promise<string[]> {
  await using program = new Program([CLI, ...args], { env: { EASYNC_SOCKET: broker.socket } });
  const lines = await program.rest();
  expect(await program.stderr).toBe('');
  return lines;
}

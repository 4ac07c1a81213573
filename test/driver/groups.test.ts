import { copy, move, portOf } from 'easync';
import { simulate } from 'easync/testing';
import { describe, expect, test } from 'vitest';
import { fixture, Lab, LAB, Report } from '../support/lab.ts';
import { isRunning } from '../support/processes.ts';
import { rejection } from '../support/rejection.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { testSystem, type TestSystem } from '../support/system.ts';
import { until } from '../support/until.ts';

const place = 'process:pair';

describe('drivers of one group', () => {
  test('share a process, which starts with the first and ends with the last', async () => {
    await using t = await testSystem();
    const one = await t.sys.open(Lab, LAB, { place, name: 'one', options: 1 });
    const two = await t.sys.open(Lab, LAB, { place, name: 'two', options: 2 });
    using other = await t.sys.open(Lab, LAB, { place: 'process:other' });
    const { pid } = await one.where();
    expect((await two.where()).pid).toBe(pid);
    expect((await other.where()).pid).not.toBe(pid);
    expect(await two.opened()).toEqual({ options: 2, name: 'two', count: 1 });
    expect(await one.opened()).toEqual({ options: 1, name: 'one', count: 1 });

    const before = await ports(t);
    one[Symbol.dispose]();
    // Its service, and the port that its opener had for it.
    await until(async () => (await ports(t)) === before - 2);
    expect(await two.where()).toEqual({ pid, threadId: 0 });
    using three = await t.sys.open(Lab, LAB, { place });
    expect((await three.where()).pid).toBe(pid);
    three[Symbol.dispose]();
    two[Symbol.dispose]();
    await until(() => !isRunning(pid));
    expect(await other.echo(1)).toBe(1);

    using again = await t.sys.open(Lab, LAB, { place });
    expect((await again.where()).pid).not.toBe(pid);
  });

  test('opened at the same time start one process', async () => {
    await using t = await testSystem();
    const labs = await Promise.all(Array.from({ length: 8 }, () => t.sys.open(Lab, LAB, { place })));
    const pids = new Set((await Promise.all(labs.map((lab) => lab.where()))).map(({ pid }) => pid));
    expect(pids.size).toBe(1);
    expect((await tasks(t)).filter((label) => label === 'pair')).toHaveLength(1);
    for (const lab of labs) lab[Symbol.dispose]();
  });

  test('go on while somebody else holds a right to one of them', async () => {
    await using t = await testSystem();
    const lab = await t.sys.open(Lab, LAB, { place });
    using kept = t.sys.bind(Lab, copy(portOf(lab)));
    const { pid } = await lab.where();
    lab[Symbol.dispose]();
    using late = await t.sys.open(Lab, LAB, { place });
    expect([(await kept.where()).pid, (await late.where()).pid]).toEqual([pid, pid]);
  });

  test('each has its name service, and what they print bears the name of the group', async () => {
    await using t = await testSystem();
    using one = await t.sys.open(Lab, LAB, { place, name: 'one' });
    using two = await t.sys.open(Lab, LAB, { place, name: 'two', onOutput: () => expect.unreachable() });
    await one.print({ stream: 'stdout', text: 'from one\n' });
    await until(() => t.output.length === 1);
    await two.print({ stream: 'stderr', text: 'from two\n' });
    await until(() => t.output.length === 2);
    expect(t.output).toEqual(['[pair] from one', '[pair] from two']);
  });

  test('one that cannot be loaded leaves the others alone', async () => {
    await using t = await testSystem();
    using lab = await t.sys.open(Lab, LAB, { place });
    const error = await rejection(t.sys.open(Lab, fixture('modules/factory-throws.js'), { place }));
    expect(error).toMatchObject({ code: 'E_PAPER' });
    expect(await lab.echo(1)).toBe(1);
  });

  test('one that ends the process while it loads, alone or not', async () => {
    await using t = await testSystem();
    for (const name of ['first', 'again']) {
      const error = await rejection(t.sys.open(Lab, fixture('modules/exits.js'), { place, name }));
      expect(error).toMatchObject({ code: 'ESPAWN', object: name });
    }
    using lab = await t.sys.open(Lab, LAB, { place });
    const held = lab.hold({ key: 'a' });
    const [ended, settled] = await Promise.all([
      rejection(t.sys.open(Lab, fixture('modules/exits.js'), { place })),
      rejection(held),
    ]);
    expect([ended['code'], settled['code']]).toEqual(['ESPAWN', 'ESERVERDIED']);
  });
});

describe('a crash of the process', () => {
  test('ends all its drivers, settles their calls, and the next open starts afresh', async () => {
    await using t = await testSystem();
    using one = await t.sys.open(Lab, LAB, { place });
    using two = await t.sys.open(Lab, LAB, { place });
    const { pid } = await one.where();
    const held = [one.hold({ key: 'a' }), two.hold({ key: 'b' })].map((call) => rejection(call));
    await two.crash({ how: 'throw' });
    for (const error of await Promise.all(held)) expect(error).toMatchObject({ code: 'ESERVERDIED', handled: 'maybe' });

    // At once, whether or not we have heard of the end: several, so that they agree on the new process too.
    const fresh = await Promise.all([1, 2, 3].map(() => t.sys.open(Lab, LAB, { place })));
    const pids = new Set((await Promise.all(fresh.map((lab) => lab.where()))).map((where) => where.pid));
    expect(pids.size).toBe(1);
    expect(pids).not.toContain(pid);
    for (const lab of fresh) lab[Symbol.dispose]();
    await until(() => t.output.includes('[pair] ended: exit code 1'));
    expect(t.output.join('\n')).toContain('[pair] uncaught error: TypeError: the driver tripped');
  });

  test('that the opener has not heard of: the next open starts afresh all the same', async () => {
    await using sim = await simulate(1);
    const sys = await sim.settle(sim.attach('opener'));
    using lab = await sim.settle(sys.open(Lab, LAB, { place }));
    const news = sim.faults(sys).fromBroker;
    news.hold();
    sim.killDriver();
    await sim.run();
    const opening = sys.open(Lab, LAB, { place });
    await sim.run();
    news.release();
    using fresh = await sim.settle(opening);
    expect(await sim.settle(fresh.echo('alive'))).toBe('alive');
    expect(await sim.settle(rejection(lab.echo(1)))).toMatchObject({ handled: 'no' });
  });
});

test('the opener dies: every driver has its time to end in good order', async () => {
  await using sim = await simulate(2);
  const [opener, other] = [await sim.settle(sim.attach('opener')), await sim.settle(sim.attach('other'))];
  const ends: unknown[] = [];
  const report = other.serve(Report, { closed: ({ log }) => void ends.push(log) });
  for (const n of [1, 2]) {
    const lab = await sim.settle(opener.open(Lab, LAB, { place }));
    await sim.settle(other.names.register({ name: 'report', port: report.right() }));
    const { port } = await sim.settle(opener.names.lookUp({ name: 'report' }));
    await sim.settle(lab.mark({ n }));
    await sim.settle(lab.report({ to: move(port) }));
  }
  sim.kill(opener);
  await sim.run();
  expect(ends).toEqual(expect.arrayContaining([[1], [2]]));
});

describe('cwd and execArgv', () => {
  test('are those of the first opening; who asks for others is refused', async () => {
    await using t = await testSystem();
    using _one = await t.sys.open(Lab, LAB, { place, cwd: '/', execArgv: ['--no-warnings'] });
    using _two = await t.sys.open(Lab, LAB, { place });
    using _three = await t.sys.open(Lab, LAB, { place, cwd: '/', execArgv: ['--no-warnings'] });
    const cwd = await rejection(t.sys.open(Lab, LAB, { place, cwd: '/tmp' }));
    expect(cwd).toMatchObject({ code: 'EINVAL', op: 'open', object: 'pair' });
    expect(cwd.message).toContain('the process of group pair runs with cwd "/"');
    expect(cwd.message).toContain('cannot run with "/tmp"');
    const flags = await rejection(t.sys.open(Lab, LAB, { place, execArgv: ['--expose-gc'] }));
    expect(flags.message).toContain('runs with execArgv ["--no-warnings"]');
    expect(flags.message).toContain('cannot run with ["--expose-gc"]');
  });

  test('no process for the first: all that wait for it are told, and the next tries again', async () => {
    await using t = await testSystem();
    const cwd = new URL('nowhere/', LAB).pathname;
    const errors = await Promise.all([1, 2].map(() => rejection(t.sys.open(Lab, LAB, { place, cwd }))));
    expect(errors).toMatchObject([{ code: 'ESPAWN' }, { code: 'ESPAWN' }]);
    using lab = await t.sys.open(Lab, LAB, { place });
    expect(await lab.echo(1)).toBe(1);
  });
});

test('a group has a name that can be printed', async () => {
  await using t = await testSystem();
  for (const odd of ['process:', 'process:a b', 'process:a/b', `process:${'x'.repeat(65)}`, 'thread:a', 'Process']) {
    const error = await rejection(t.sys.open(Lab, LAB, { place: odd as 'inline' }));
    expect(error).toMatchObject({ code: 'EINVAL', op: 'open' });
    expect(error.message).toContain(
      `open lab: there is no placement '${odd}'; use inline, thread, process, process:NAME`,
    );
  }
});

test('a group is one system’s: two systems of one broker do not share', async () => {
  await using broker = await SharedBroker.start();
  await using mine = await testSystem({ socket: broker.socket });
  await using theirs = await testSystem({ socket: broker.socket });
  using one = await mine.sys.open(Lab, LAB, { place });
  using two = await theirs.sys.open(Lab, LAB, { place });
  expect((await one.where()).pid).not.toBe((await two.where()).pid);
});

test('the end of the system is the end of its groups', async () => {
  await using broker = await SharedBroker.start();
  await using mine = await testSystem({ socket: broker.socket });
  const lab = await mine.sys.open(Lab, LAB, { place });
  const { pid } = await lab.where();
  await mine.sys.dispose();
  expect(isRunning(pid)).toBe(false);
});

async function tasks({ sys }: TestSystem): Promise<string[]> {
  return ((await sys.host?.ps())?.tasks ?? []).map(({ label }) => label);
}

/** How many names this task has: those of the ports it holds for drivers it has opened are among them. */
async function ports({ sys }: TestSystem): Promise<number> {
  return ((await sys.host?.ports({ task: sys.task.welcome.task })) ?? []).length;
}

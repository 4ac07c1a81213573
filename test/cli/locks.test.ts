import { spawnSync } from 'node:child_process';
import { boot, type System } from 'easync';
import { definePager, servePager } from 'easync/pager';
import { expect, test } from 'vitest';
import { CLI } from '../support/processes.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';

const PAGE = 4096;

test('easync locks shows who has a futex, who waits and sleeps, in what state it is, and what keeping it has saved', async () => {
  await using broker = await SharedBroker.start();
  const easync = (...args: string[]): string[] =>
    spawnSync(process.execPath, [CLI, 'locks', ...args, '--socket', broker.socket], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n');
  const rows = (): unknown => JSON.parse(easync('--json').join());
  const attach = (label: string): Promise<System> => boot({ socket: broker.socket, label });
  await using pagers = await attach('pager');
  const bytes = new Uint8Array(PAGE);
  const board = definePager(() => ({
    objects: { board: { size: PAGE, read: () => bytes, write: (_at, data) => bytes.set(data) } },
  }));
  const served = await servePager(board, [pagers], { name: 'boards' });
  expect(rows()).toEqual([]);

  await using holder = await attach('holder');
  await using waiter = await attach('waiter');
  const map = async ({ names, task }: System) => {
    using port = (await names.lookUp({ name: 'board' })).port;
    return await task.vm.map(port, { size: PAGE });
  };
  const mine = (await map(holder)).futex(8);
  const theirs = await map(waiter);
  for (let round = 0; round < 4; round += 1) await (await mine.lock()).unlock();
  // Asked for and granted once, and kept since: 12 messages are 2.
  const [kept] = (await holder.host?.vm())?.futexes ?? [];
  expect(rows()).toEqual([
    {
      object: kept?.object,
      offset: 8,
      state: 'retained',
      owner: null,
      ownerLabel: '',
      waiters: 0,
      sleepers: 0,
      gen: kept?.gen,
      condition: 'clean',
      locks: 4,
      messages: 2,
      saved: 10,
    },
  ]);

  const guard = await mine.lock();
  const waiting = theirs.futex(8).lock();
  const asleep = theirs.futex(8).wait(0);
  await until(async () => {
    const [futex] = (await holder.host?.vm())?.futexes ?? [];
    return futex?.waiting === 1 && futex.sleeping === 1;
  });
  expect(rows()).toMatchObject([
    {
      state: 'held',
      owner: holder.task.welcome.task,
      ownerLabel: 'holder',
      waiters: 1,
      sleepers: 1,
      locks: 5,
      saved: 13,
    },
  ]);
  expect(easync()).toEqual([
    expect.stringMatching(/^object +offset +state +owner +waiters +sleepers +gen +condition +locks +XP +saved +label$/),
    expect.stringMatching(/^ *\d+ +8 +held +\d+ +1 +1 +\d+ +clean +5 +2 +13 +holder$/),
  ]);

  await theirs.futex(8).wake();
  await asleep;
  await guard.unlock();
  const inherited = await waiting;
  await waiter.dispose();
  expect(inherited.isHeld).toBe(false);
  await until(async () => (await holder.host?.vm())?.futexes[0]?.owner === null);
  expect(rows()).toMatchObject([{ state: 'retained', owner: null, condition: 'owner died', locks: 6 }]);
  const found = await mine.lock();
  expect(found.ownerDied).toBe(true);
  // Not said to be repaired: it goes back broken. That somebody slept there keeps it in the table.
  await found.unlock();
  expect(rows()).toMatchObject([{ state: 'none', condition: 'not recoverable', locks: 7, messages: 3, saved: 18 }]);
  await served.end();
});

test('the kernel’s own memory has no pager, so that nothing is saved', async () => {
  await using broker = await SharedBroker.start();
  await using sys = await boot({ socket: broker.socket });
  await using region = await sys.task.vm.allocate(PAGE);
  for (let round = 0; round < 3; round += 1) await (await region.futex(0).lock()).unlock();
  const { stdout } = spawnSync(process.execPath, [CLI, 'locks', '--json', '--socket', broker.socket], {
    encoding: 'utf8',
  });
  expect(JSON.parse(stdout)).toMatchObject([{ offset: 0, state: 'retained', locks: 3, messages: 0, saved: 0 }]);
});

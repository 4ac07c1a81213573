import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFile, writeFile } from 'node:fs/promises';
import { boot, type VmStatus } from 'easync';
import { definePager, Pager, servePager } from 'easync/pager';
import { expect, test } from 'vitest';
import { CLI, Program } from '../support/processes.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';

const PAGE = 4096;

test('a pager is run as a server, easync vm shows what it serves, and it stores what was written when it is told to end', async () => {
  await using broker = await SharedBroker.start();
  const easync = (...args: string[]): string[] =>
    spawnSync(process.execPath, [CLI, ...args, '--socket', broker.socket], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n');
  const path = broker.scratch.join('words');
  await writeFile(path, 'some words');
  const options = JSON.stringify({ files: { words: path } });
  await using server = new Program([
    CLI,
    'run',
    'easync/servers/pager-file',
    '--name',
    'files',
    '--options',
    options,
    '--socket',
    broker.socket,
  ]);
  expect(await server.line()).toBe('files is checked in; ctrl-c ends it');

  await using sys = await boot({ socket: broker.socket, label: 'reader' });
  using words = (await sys.names.lookUp({ name: 'words' })).port;
  const region = await sys.task.vm.map(words, { size: 3 * PAGE });
  expect(Buffer.from(await region.read(5, 5)).toString()).toBe('words');
  await region.write(5, Buffer.from('WORDS'));

  const [status] = easync('vm', '--json').map((line) => JSON.parse(line) as VmStatus);
  expect(status).toMatchObject({
    pageBytes: PAGE,
    resident: 1,
    objects: [{ state: 'ready', pagerLabel: 'files', resident: 1, requests: 0, waiting: 0, mapped: 1, mayCache: true }],
    regions: [{ label: 'reader', address: region.address, size: 3 * PAGE, protection: 3, offset: 0 }],
  });
  expect(easync('vm')).toEqual([
    '1 of 16384 pages of 4096 bytes are in memory',
    expect.stringMatching(/^object +state +pager +resident +dirty +requests +waiting +mapped +label$/),
    expect.stringMatching(/^ *\d+ +ready +\d+ +1 +1 +0 +0 +1 +files$/),
    expect.stringMatching(/^task +address +bytes +may +object +offset +label$/),
    expect.stringMatching(/^ *\d+ +\d+ +12288 +rw- +\d+ +0 +reader$/),
  ]);

  server.kill('SIGTERM');
  expect(await server.exited).toEqual({ code: 0, signal: null });
  expect(await readFile(path, 'utf8')).toBe('some WORDS');
  await until(async () => (await sys.names.list()).length === 1);
  expect(easync('vm', '--json').map((line) => (JSON.parse(line) as VmStatus).objects[0]?.state)).toEqual(['dead']);
  await region.unmap();
});

test('easync:xp publishes every XP message of a process, in order', async () => {
  const events: string[] = [];
  const note = (event: unknown): void => {
    const { direction, message } = event as { direction: string; message: { kind: string } };
    events.push(`${direction} ${message.kind.replace('memory_object_', '')}`);
  };
  subscribe('easync:xp', note);
  try {
    await using sys = await boot();
    const bytes = new Uint8Array(PAGE);
    const pager = await servePager(
      definePager(() => ({ open: () => ({ size: PAGE, read: () => bytes, write: (_at, data) => bytes.set(data) }) })),
      [sys],
      { name: 'page' },
    );
    using stub = sys.bind(Pager, pager.services[0].right());
    const { port, size } = await stub.open({ of: null });
    const region = await sys.task.vm.map(port, { size });
    port.deallocate();
    await region.read(0, 1);
    await region.write(0, Uint8Array.of(7));
    await region.unmap();
    await until(() => events.at(-1) === 'received terminate');
    expect(bytes[0]).toBe(7);
    await pager.end();
  } finally {
    unsubscribe('easync:xp', note);
  }
  expect(events).toEqual([
    'received init',
    'sent ready',
    'received data_request',
    'sent data_supply',
    'received data_unlock',
    'sent lock_request',
    'received data_return',
    'received terminate',
  ]);
});

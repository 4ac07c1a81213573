import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { boot } from 'easync';
import { describe, expect, test } from 'vitest';
import { Held } from '../fixtures/held-driver.js';
import { claimSocket } from '../../src/broker/claim-socket.ts';
import { securedDirectory } from '../../src/broker/runtime-directory.ts';
import { realHost } from '../../src/host/real.ts';
import { CLI, Program } from '../support/processes.ts';
import { Scratch } from '../support/scratch.ts';
import { SharedBroker } from '../support/shared-broker.ts';

const host = realHost();

describe('of several brokers that start on one path at once exactly one wins, the others say EBROKERRUNS', () => {
  test.each([
    ['an empty directory', false],
    ['a socket that a killed broker left behind', true],
  ])('%s', async (_what, stale) => {
    await using scratch = await Scratch.make();
    const socket = scratch.join('broker.sock');
    if (stale) await leaveStale(socket);
    const rivals = Array.from({ length: 5 }, () => new Program([CLI, 'broker', '--json', '--socket', socket]));
    const claims = await Promise.allSettled(rivals.map((rival) => rival.line()));
    const winners = rivals.filter((_, i) => claims[i]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const loser of rivals.filter((rival) => rival !== winners[0])) {
      expect(await loser.exited).toEqual({ code: 1, signal: null });
      expect(await loser.stderr).toMatch(
        /EBROKERRUNS: a broker listens at .*broker\.sock already; stop it, or choose another/,
      );
    }
    (await host.connect(socket)).destroy();
    winners[0]?.kill('SIGTERM');
    expect(await winners[0]?.exited).toEqual({ code: 0, signal: null });
    expect(scratch.files).toEqual([]);
  });
});

test('SIGTERM and SIGINT remove the socket; kill -9 leaves it, and the next start replaces it', async () => {
  await using scratch = await Scratch.make();
  const socket = scratch.join('broker.sock');
  for (const [signal, code] of [
    ['SIGTERM', 0],
    ['SIGINT', 130],
  ] as const) {
    await using broker = await started(socket);
    broker.kill(signal);
    expect(await broker.exited).toEqual({ code, signal: null });
    expect(scratch.files).toEqual([]);
  }
  await leaveStale(socket);
  expect(scratch.files).toContain('broker.sock');
  await using broker = await started(socket);
  (await host.connect(socket)).destroy();
  broker.kill('SIGTERM');
  await broker.exited;
  expect(scratch.files).toEqual([]);
});

test('a broker that has started drivers ends in good order too', async () => {
  await using broker = await SharedBroker.start();
  const sys = await boot({ socket: broker.socket });
  await sys.open(Held, new URL('../fixtures/held-driver.js', import.meta.url), { place: 'process' });
  broker.program.kill('SIGTERM');
  expect(await broker.program.exited).toEqual({ code: 0, signal: null });
  expect(broker.scratch.files).toEqual([]);
  await sys.dispose();
});

test('a peer that connects and says nothing does not hold up the end', async () => {
  await using broker = await SharedBroker.start();
  const link = await host.connect(broker.socket);
  const closed = new Promise<void>((resolve) => link.start({ onFrame() {}, onClose: () => resolve() }));
  broker.program.kill('SIGTERM');
  expect(await broker.program.exited).toEqual({ code: 0, signal: null });
  await closed;
});

test('what lies at the path and is no socket is refused, and left alone', async () => {
  await using scratch = await Scratch.make();
  const path = scratch.join('run/broker.sock');
  await mkdir(dirname(path), { mode: 0o700 });
  await writeFile(path, 'mine');
  await expect(claimSocket(host, path, () => undefined)).rejects.toMatchObject({ code: 'ESOCKETPATH', object: path });
  expect(await readFile(path, 'utf8')).toBe('mine');
});

describe('the runtime directory', () => {
  test('is made with mode 0700 if it is missing', async () => {
    await using scratch = await Scratch.make();
    await using broker = await started(scratch.join('fresh/broker.sock'));
    expect(
      spawnSync('stat', ['-c', '%a', scratch.join('fresh')])
        .stdout.toString()
        .trim(),
    ).toBe('700');
    broker.kill('SIGTERM');
    await broker.exited;
  });

  test.each([
    ['a symbolic link', (path: string) => symlink(dirname(path), path), /is a symbolic link/],
    ['a file', (path: string) => writeFile(path, ''), /is not a directory/],
    ['open to others', (path: string) => mkdir(path).then(() => chmod(path, 0o750)), /has mode 0750.*chmod 700/],
    ['even just listable', (path: string) => mkdir(path).then(() => chmod(path, 0o701)), /has mode 0701/],
  ])('that is %s is refused', async (_what, make, reason) => {
    await using scratch = await Scratch.make();
    const directory = scratch.join('runtime');
    await make(directory);
    const refusal = { code: 'ERUNTIMEDIR', object: directory, message: expect.stringMatching(reason) as string };
    expect(() => securedDirectory(`${directory}/broker.sock`)).toThrow(expect.objectContaining(refusal) as Error);
  });

  test('that belongs to somebody else is refused', async () => {
    await using scratch = await Scratch.make();
    // Only the superuser can give a directory away; nobody else owns the system's.
    const mine = process.getuid?.() === 0;
    if (mine) await chown(scratch.path, 4711, 4711);
    const foreign = mine ? scratch.path : '/usr';
    expect(() => securedDirectory(`${foreign}/broker.sock`)).toThrow(
      /belongs to user (4711|0); a broker's socket needs/,
    );
  });
});

async function started(socket: string): Promise<Program> {
  const broker = new Program([CLI, 'broker', '--json', '--socket', socket]);
  await broker.line();
  return broker;
}

async function leaveStale(socket: string): Promise<void> {
  await using broker = await started(socket);
  broker.kill('SIGKILL');
  await broker.exited;
}

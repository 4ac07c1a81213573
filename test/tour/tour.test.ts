import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { ScratchDirectory } from '../servers/hostfs/scratch-directory.ts';
import { plantOddTree, shellDigest } from './odd-tree.ts';
import { descendants, isRunning } from '../support/processes.ts';
import { RunningTour, runTour } from './run-command.ts';

const onLinux = process.platform === 'linux';
const hasStrace = onLinux && spawnSync('strace', ['-V']).status === 0;
const PLACEMENTS = ['direct', 'inline', 'thread', 'process'];

describe.concurrent('easync tour', { timeout: 60_000 }, () => {
  test('--json: one object, the digest that other tools give, the same in every placement', async () => {
    using root = new ScratchDirectory();
    const files = plantOddTree(root) + 1;
    truncateSync(root.write('8 MiB', ''), 8 << 20);
    const { code, stdout, stderr } = await runTour(['--json', root.path]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ dir: root.path, files, digest: shellDigest(root.path), skipped: [] });
    expect(Object.keys(result)).toEqual(['dir', 'files', 'bytes', 'digest', 'skipped', 'placements']);
    expect(Object.keys(result.placements)).toEqual(PLACEMENTS);
    const { direct, inline, thread, process: separate } = result.placements;
    for (const row of [direct, inline, thread, separate]) {
      expect(row).toMatchObject({ files, bytes: result.bytes, digest: result.digest, calls: direct.calls });
      expect(row.p99us).toBeGreaterThanOrEqual(row.p50us);
    }
    expect([inline.pid, inline.threadId]).toEqual([direct.pid, 0]);
    expect([thread.pid, thread.threadId > 0]).toEqual([direct.pid, true]);
    expect([separate.pid !== direct.pid, separate.threadId]).toEqual([true, 0]);
  });

  test('a directory with more entries than one reply holds', async () => {
    using root = new ScratchDirectory();
    // Links are entries that nobody opens.
    for (let i = 1; i <= 5000; i += 1) symlinkSync('x', root.at(String(i)));
    for (const name of 'abcdefghijklmnopqrstuvwxyz') root.write(name, '');
    const { code, stdout } = await runTour(['--json', root.path]);
    expect([code, JSON.parse(stdout).files]).toEqual([0, 26]);
  });

  test('the table, for a root that is a symbolic link', async () => {
    using root = new ScratchDirectory();
    root.write('real/x', 'x');
    symlinkSync('real', root.at('link'));
    const { code, stdout, stderr } = await runTour([root.at('link')]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/: 1 files, 1 bytes\n/);
    for (const placement of PLACEMENTS) expect(stdout).toMatch(new RegExp(`^${placement} `, 'm'));
    expect(stdout).toContain('the same everywhere');
  });

  test.skipIf(!onLinux)('what cannot be read is skipped with its code, and no fault', async () => {
    using root = new ScratchDirectory();
    root.write('fine', '');
    const long = 'n'.repeat(250);
    execFileSync('bash', [
      '-c',
      `cd "$1"; for i in {1..20}; do mkdir ${long}; cd ${long}; done; touch x`,
      '-',
      root.path,
    ]);
    const { code, stdout } = await runTour(['--json', root.path]);
    execFileSync('rm', ['-rf', root.at(long)]);
    const { files, skipped } = JSON.parse(stdout);
    expect([code, files]).toEqual([0, 1]);
    expect(skipped).toEqual([{ path: expect.stringMatching(`^(${long}/)+${long}$`), code: 'ENAMETOOLONG' }]);
  });

  test.each([
    ['nowhere', 'no such directory'],
    ['file', 'is not a directory'],
    ['fifo', 'is not a directory'],
    ['--nope', "Unknown option '--nope'"],
  ])('%s: one line on stderr, exit 2', async (name, message) => {
    using root = new ScratchDirectory();
    root.write('file', '');
    execFileSync('mkfifo', [root.at('fifo')]);
    const { code, stdout, stderr } = await runTour([name.startsWith('-') ? name : root.at(name)]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^easync tour: [^\n]*\n$/);
    expect(stderr).toContain(message);
  });

  test.skipIf(!onLinux)('Ctrl-C while everything completes in place: exit 130, no child left', async () => {
    using root = new ScratchDirectory();
    truncateSync(root.write('endless', ''), 2 ** 40);
    const tour = new RunningTour(['--json', root.path]);
    await tour.readerOf(root.path, () => [tour.pid]);
    const children = descendants(tour.pid);
    tour.child.kill('SIGINT');
    expect(await tour.finished).toEqual({ code: 130, stdout: '', stderr: '' });
    expect(children.filter(isRunning)).toEqual([]);
  });

  test.skipIf(!onLinux)('Ctrl-C while the driver process hangs: exit 130, no child left', async () => {
    using root = new ScratchDirectory();
    truncateSync(root.write('large', ''), 32 << 20);
    const tour = new RunningTour(['--json', root.path]);
    const driver = await tour.readerOf(root.path, () => descendants(tour.pid));
    process.kill(driver, 'SIGSTOP');
    const children = descendants(tour.pid);
    tour.child.kill('SIGINT');
    expect(await tour.finished).toEqual({ code: 130, stdout: '', stderr: '' });
    expect(children).toContain(driver);
    expect(children.filter(isRunning)).toEqual([]);
  });

  test.skipIf(!onLinux)('the driver process is killed: no entry to skip, exit 1', async () => {
    using root = new ScratchDirectory();
    truncateSync(root.write('large', ''), 32 << 20);
    const tour = new RunningTour(['--json', root.path]);
    const driver = await tour.readerOf(root.path, () => descendants(tour.pid));
    const children = descendants(tour.pid);
    process.kill(driver, 'SIGKILL');
    const { code, stdout, stderr } = await tour.finished;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^(\[hostfs\] ended: SIGKILL\n)?easync tour: (ESERVERDIED|MACH_SEND_INVALID_DEST): [^\n]*\n$/,
    );
    expect(children.filter(isRunning)).toEqual([]);
  });

  test.skipIf(!hasStrace)('in process placement only the driver process touches DIR', async () => {
    using root = new ScratchDirectory();
    using log = new ScratchDirectory();
    const files = ['a', 'b/c', 'b/d/e'];
    for (const file of files) root.write(file, file);
    mkdirSync(root.at('empty'));
    const strace = ['strace', '-f', '-y', '-e', 'trace=%file,getdents64,read,pread64', '-o', log.at('trace')];
    const { code, stdout } = await runTour(['--json', root.path], strace);
    expect(code).toBe(0);
    const driver: number = JSON.parse(stdout).placements.process.pid;
    const touches = readFileSync(log.at('trace'), 'utf8')
      .split('\n')
      .filter((line) => line.includes(root.path));
    const byDriver = (line: string): boolean => line.startsWith(`${driver} `);
    const sinceDriver = touches.slice(touches.findIndex(byDriver));
    expect(sinceDriver.filter((line) => !byDriver(line))).toEqual([]);
    for (const file of files) {
      const opens = sinceDriver.filter(
        (line) => /openat\(.*O_RDONLY[^P]*= \d+</.test(line) && line.includes(`<${root.at(file)}>`),
      );
      expect(opens, file).not.toEqual([]);
    }
  });
});

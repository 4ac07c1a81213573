import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import type { RunResult } from '../../src/tour/futex/result.ts';
import { Scratch } from '../support/scratch.ts';
import { until, within } from '../support/until.ts';
import { RunningTour } from './run-command.ts';

const onLinux = process.platform === 'linux';
/** Without koffi every lock is a call, which takes a moment. */
const isDirect = process.env['EASYNC_NATIVE'] !== '0';
const TOTAL = isDirect ? 1500 : 90;

test('six tasks of three brokers count exactly, though one dies with the futex and one is stopped', async () => {
  await using scratch = await Scratch.make();
  const tour = new RunningTour(['--futex', '--json', '--count', String(TOTAL), '--tasks', '2'], inside(scratch));
  const { code, stdout, stderr } = await tour.finished;
  expect([code, stderr]).toEqual([0, '']);
  const { brokers, runs } = JSON.parse(stdout) as { brokers: string[]; runs: RunResult[] };
  expect(brokers).toHaveLength(3);
  expect(runs).toMatchObject([
    { parts: 'I-IV', total: TOTAL, value: TOTAL, deaths: 1, isExact: true },
    { parts: 'I-II', total: 30, value: 30, deaths: 1, isExact: true },
  ]);
  for (const { total, shares, locks, messages, saved, within: handedWithin, between, troubles } of runs) {
    const { killed, stopped } = troubles;
    expect(shares).toHaveLength(6);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total);
    expect(shares[killed.task]).toBe(killed.counted);
    expect(killed.task).not.toBe(stopped.task);
    expect(stopped.meanwhile).toBe(0);
    expect(handedWithin + between).toBeGreaterThan(0);
    // Each increment was under the futex, and each of the five that are left has looked once more, as the tour has.
    expect(locks).toBe(total + 6);
    expect(saved).toBe(locks * 3 - messages);
  }
  const [kept, recalled] = runs;
  if (isDirect) expect(kept?.saved).toBeGreaterThan(0);
  // The tour's own has not been released when it looks.
  expect(recalled?.messages).toBe((recalled?.locks ?? 0) * 3 - 1);
  expect(scratch.files).toEqual([]);
  expect(await within(10_000, () => processesOf(scratch).length === 0)).toBe(true);
});

test.skipIf(!onLinux)('Ctrl-C while they count: exit 130, and neither process nor file is left', async () => {
  await using scratch = await Scratch.make();
  const tour = new RunningTour(['--futex', '--count', '4000000000', '--tasks', '1'], inside(scratch));
  // Three brokers, the pager, three tasks, and the tour.
  await until(() => processesOf(scratch).length === 8);
  tour.child.kill('SIGINT');
  expect(await tour.finished).toMatchObject({ code: 130, stderr: '' });
  expect(scratch.files).toEqual([]);
  expect(await within(10_000, () => processesOf(scratch).length === 0)).toBe(true);
});

test('wrong usage is one line on stderr, and exit 2', async () => {
  const { code, stdout, stderr } = await new RunningTour(['--futex', '--count', '29']).finished;
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toBe("easync tour: --count is a number from 30 to 4294967295, not '29'\n");
});

/** What the tour and whoever it starts make, they make there. */
function inside(scratch: Scratch): string[] {
  return ['env', `TMPDIR=${scratch.path}`];
}

/** Those that were told of that directory: all that has come of the tour, brokers too. Linux. */
function processesOf(scratch: Scratch): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(scratch.path);
    } catch {
      return false; // It has ended, or is somebody else's.
    }
  });
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../docs/markdown.ts';

const LEAKY = join(ROOT, 'test/testing/fixtures/leaky.js');

// A suite as users run theirs: a run of vitest, in which tests fail on purpose. Asked for is which, and why.
type Result = { where: string; test: string; passed: boolean; why: string };

let results: readonly Result[];

beforeAll(async () => {
  results = await run(join(ROOT, 'test/testing/fixtures'));
}, 120_000);

describe('inline', () => {
  test.each([
    ['right', /^Error: inline: left behind: (.*; left behind: )?send right in task test$/],
    ['port', /left behind: receive right in task test/],
    ['call', /left behind: driver leaky has not ended/],
    ['driver writes later', /^Error: inline: EBADBODY: leaky\.keep: the driver changed its arguments after its reply/],
    ['caller goes on writing', /^IpcError: EBADBODY: the caller changed the arguments/],
    ['class instance', /^IpcError: EBADBODY: in the result: .*an instance of Point/],
  ])('%s: fails the test, and says what it is', (name, why) => {
    expect(failures('all leaky, inline')).toContainEqual({ test: name, why: expect.stringMatching(why) });
  });

  test('nobody else is blamed', () => {
    expect(failures('all leaky, inline')).toHaveLength(7);
    expect(passed('all leaky, inline')).toEqual(['clean', 'clean again', 'clean after faults']);
  });

  test('without test mode nobody notices who writes where, and what cannot travel', () => {
    expect(passed('unchecked leaky, unchecked')).toEqual([
      'driver writes later',
      'caller goes on writing',
      'class instance',
    ]);
  });
});

describe('what this process has: each time, also after tests that leave nothing', () => {
  const from = `from ${LEAKY}:\\d+:\\d+`;
  const leaks = [
    ['timer', `timer \\(Timeout\\) ${from}`],
    ['watcher', `file watcher \\(FSEventWrap\\) ${from}`],
    ['server', `TCP server \\(TCPServerWrap\\) ${from}`],
    ['child', `child process \\(ProcessWrap\\) ${from}`],
    ['child that is let go', `child process \\(ProcessWrap\\) ${from}`],
    ['worker', `worker thread \\(Worker\\) ${from}`],
    ['channel', `message port \\(MessagePort\\) ${from}`],
    ['file handle', `open file ${LEAKY}`],
    ['descriptor', `open file ${LEAKY}`],
  ] as const;

  test.each(leaks)('%s', (name, what) => {
    for (const row of name === 'timer' ? ['inline', 'memory', 'socket'] : ['memory']) {
      const why = expect.stringMatching(`^Error: ${row}: left behind: ${what}$`);
      const found = failures(`each leaky, ${row}`).filter((one) => one.test === name);
      expect(found, row).toEqual(Array.from({ length: 3 }, () => ({ test: name, why })));
    }
  });

  test('what only looks like it', () => {
    expect(failures('no leak leaky, memory')).toEqual([]);
    expect(passed('no leak leaky, memory')).toHaveLength(5);
  });

  test('nobody else is blamed', () => {
    expect(failures('each leaky, memory')).toHaveLength(3 * leaks.length);
    expect(passed('each leaky, memory')).toEqual(leaks.flatMap(() => ['clean', 'clean again']));
    for (const row of ['inline', 'socket']) expect(passed(`each leaky, ${row}`)).toEqual(['clean', 'clean again']);
  });
});

test.each(['memory', 'thread', 'process', 'group', 'socket'])('%s', (row) => {
  expect(failures(`some leaky, ${row}`)).toEqual([
    { test: 'instance', why: expect.stringMatching(/^IpcError: EBADBODY: in the result: .*an instance of Point/) },
  ]);
  expect(passed(`some leaky, ${row}`)).toEqual(['clean', 'clean again']);
  expect(failures(`port leaky, ${row}`)).toEqual([
    {
      test: 'port',
      why: expect.stringMatching(new RegExp(`^Error: ${row}: left behind: .*receive right in task test`)),
    },
  ]);
});

function failures(where: string): { test: string; why: string }[] {
  return results
    .filter((one) => one.where === where && !one.passed)
    .map(({ test: name, why }) => ({ test: name, why }));
}

function passed(where: string): string[] {
  return results.filter((one) => one.where === where && one.passed).map((one) => one.test);
}

type Report = { testResults: { message: string; assertionResults: Assertion[] }[] };
type Assertion = { ancestorTitles: string[]; title: string; status: string; failureMessages: string[] };

async function run(root: string): Promise<Result[]> {
  const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', root, '--reporter=json'];
  const env = { ...process.env, EASYNC_CHECK: '0' };
  // It fails, as it should.
  const stdout = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { env }, (_error, output) => resolve(output));
  });
  const { testResults } = JSON.parse(stdout) as Report;
  expect(testResults.map(({ message }) => message)).toEqual(['']);
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ ancestorTitles, title, status, failureMessages }) => ({
      where: ancestorTitles.join(' '),
      test: title,
      passed: status === 'passed',
      why: failureMessages[0]?.split('\n')[0] ?? '',
    }));
}

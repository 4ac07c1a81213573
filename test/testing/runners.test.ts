import { type Open, placements, type Row, type Runner } from 'easync/testing';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Lab, LAB } from '../support/lab.ts';
import { rejection } from '../support/rejection.ts';

const run = promisify(execFile);
const lab = { subsystem: Lab, module: LAB };
const { VITEST: _ours, ...outside } = process.env;

test('node --test is found as well, and is told what fails', async () => {
  const suite = fileURLToPath(new URL('fixtures/node-runner.js', import.meta.url));
  const failed = (await rejection(run(process.execPath, ['--test', suite], { env: outside }))) as unknown as {
    stdout: string;
  };
  expect(failed.stdout).toMatch(/^# pass 2$/m);
  expect(failed.stdout).toMatch(/^# fail 1$/m);
  expect(failed.stdout).toContain('send right in task test');
});

test('without any it says what to pass', async () => {
  const program = `import { placements } from 'easync/testing'; placements({ subsystem: { name: 'x' } }, () => {});`;
  const error = await rejection(run(process.execPath, ['--input-type=module', '-e', program], { env: outside }));
  expect(error.message).toContain('EINVAL: placements: found no test runner; give it yours');
});

test('a row that there is not', () => {
  const call = (): void => placements(lab, () => undefined, { only: ['attic' as Row], runner: new ByHand() });
  expect(call).toThrow("EINVAL: placements: there is no row 'attic'; there are inline, unchecked, memory");
});

test('open is there within a test, and one test at a time', async () => {
  const hand = new ByHand();
  let open: Open<typeof Lab.routines> | undefined;
  placements(lab, (given) => void (open = given), { only: ['memory'], runner: hand });
  expect(hand.titles).toEqual(['lab, memory']);
  expect(await rejection(open?.())).toMatchObject({ code: 'EINVAL' });
  await hand.before();
  expect(await (await open?.())?.echo(1)).toBe(1);
  expect((await rejection(hand.before())).message).toContain('tests run one after the other here');
  await hand.after();
  expect((await rejection(open?.())).message).toContain('open is there within a test');
  await hand.last();
});

/** A runner whose hooks are run by hand. */
class ByHand {
  readonly titles: string[] = [];
  before = nothing;
  after = nothing;
  last = nothing;
  readonly beforeEach = (fn: () => Promise<void>): void => void (this.before = fn);
  readonly afterEach = (fn: () => Promise<void>): void => void (this.after = fn);
  readonly afterAll = (fn: () => Promise<void>): void => void (this.last = fn);

  readonly describe: Runner['describe'] = (title, body) => {
    this.titles.push(title);
    body();
  };
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

import { fileURLToPath } from 'node:url';
import { boot } from 'easync';
import { expect, test } from 'vitest';
import { Held } from '../fixtures/held-driver.js';
import { native } from '../../src/os/native.ts';
import { within } from '../support/until.ts';

const DRIVER = fileURLToPath(new URL('../fixtures/held-driver.js', import.meta.url));

test.runIf(native().koffi !== undefined)('a stopped driver process does not outlive a killed broker', async () => {
  const sys = await boot();
  using driver = await sys.open(Held, DRIVER, { place: 'process' });
  const { pid: broker, tasks } = (await sys.host?.ps()) ?? { pid: 0, tasks: [] };
  const pid = tasks.find(({ label }) => label === 'held-driver')?.pid ?? 0;
  expect(alive(pid)).toBe(true);
  process.kill(pid, 'SIGSTOP');
  const call = driver.echo(1);
  process.kill(broker, 'SIGKILL');
  await expect(call).rejects.toMatchObject({ code: 'EBROKERDIED', handled: 'maybe' });
  expect(await within(10_000, () => !alive(pid))).toBe(true);
  await sys.dispose();
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

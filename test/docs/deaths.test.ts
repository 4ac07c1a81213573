import { readFileSync } from 'node:fs';
import { copy, IpcError, make, portOf } from 'easync';
import { expect, test } from 'vitest';
import { LAB, Lab } from '../support/lab.ts';
import { rejection } from '../support/rejection.ts';
import { testSystem } from '../support/system.ts';
import { until } from '../support/until.ts';

// README.md, "When things die": one test per row, with real processes. Locks: test/task/memory/futex-deaths.test.ts, test/sync/shared-lockmgr/kill.test.ts.

test('the driver’s process is killed during a call, and called afterwards', async () => {
  await using system = await testSystem();
  using lab = await system.sys.open(Lab, LAB, { place: 'process' });
  const { pid } = await lab.where();
  let told = false;
  portOf(lab).onDead(() => (told = true));
  const held = rejection(lab.hold({ key: 'a' }));
  await lab.log();
  process.kill(pid, 'SIGKILL');
  expect(await held).toMatchObject({ code: 'ESERVERDIED', handled: 'maybe' });
  await until(() => told);
  expect(await rejection(lab.log())).toMatchObject({ code: 'MACH_SEND_INVALID_DEST', handled: 'no' });
});

test('requests that the killed driver cannot have seen say so', async () => {
  await using system = await testSystem();
  using lab = await system.sys.open(Lab, LAB, { place: 'process' });
  const { pid } = await lab.where();
  process.kill(pid, 'SIGSTOP');
  const window = system.sys.task.limits.deliveryWindow;
  const failures = Array.from({ length: window + 10 }, (_, n) => rejection(lab.mark({ n })));
  // They are all with the broker when it answers this.
  await system.sys.names.list();
  process.kill(pid, 'SIGKILL');
  const handled = (await Promise.all(failures)).map((error) => (IpcError.is(error) ? error.handled : error));
  expect(handled).toEqual([...Array<string>(window).fill('maybe'), ...Array<string>(10).fill('no')]);
});

test('a client is killed: the server hears when nobody can reach the port any more', async () => {
  await using system = await testSystem();
  using client = await system.sys.open(Lab, LAB, { place: 'process' });
  using port = system.sys.task.allocate();
  let unreachable = false;
  port.onNoSenders(() => (unreachable = true));
  await client.keep({ right: make.send(port) });
  const { pid } = await client.where();
  expect(unreachable).toBe(false);
  process.kill(pid, 'SIGKILL');
  await until(() => unreachable);
});

test('the opener leaves: its driver ends, though another driver holds a right to it', async () => {
  await using system = await testSystem();
  using lab = await system.sys.open(Lab, LAB, { place: 'process' });
  using other = await system.sys.open(Lab, LAB, { place: 'thread' });
  const { pid } = await lab.where();
  await other.keep({ right: copy(portOf(lab)) });
  await system.sys.dispose();
  await until(() => !isAlive(pid));
});

test('the broker is killed: waiting calls fail, and the drivers it started end', async () => {
  await using system = await testSystem();
  using lab = await system.sys.open(Lab, LAB, { place: 'process' });
  const { pid } = await lab.where();
  const held = rejection(lab.hold({ key: 'a' }));
  const { pid: broker } = (await system.sys.host?.ps()) ?? expect.unreachable('no host right');
  process.kill(broker, 'SIGKILL');
  expect(await held).toMatchObject({ code: 'EBROKERDIED', handled: 'maybe' });
  await until(() => !isAlive(pid));
});

test('the driver does not answer: the wait ends, and the driver is asked to stop', async () => {
  await using system = await testSystem();
  using lab = await system.sys.open(Lab, LAB, { place: 'process' });
  const failure = await rejection(lab.hold({ key: 'a' }, { timeoutMs: 1 }));
  expect(failure).toMatchObject({ code: 'ETIMEDOUT', handled: 'maybe' });
  await until(async () => (await lab.log()).includes('abort a'));
  await lab.release({ key: 'a' });
});

/** A killed process whose parent died too may stay behind as a zombie until init takes it. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return false;
    throw error;
  }
}

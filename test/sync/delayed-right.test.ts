import { make } from 'easync';
import { delayWakeups, prepare, sleep, wakeup } from 'easync/sync';
import { expect, test } from 'vitest';
import { testSystem } from '../support/system.ts';

test('a delayed wakeup of a right that is released before the end reaches its port, and so do those behind it', async () => {
  await using system = await testSystem();
  const port = system.sys.task.allocate({ label: 'ident' });
  const right = make.send(port);
  const [local, waiter] = [sleep('local'), await prepare(port)];
  const section = delayWakeups();
  await wakeup(right);
  wakeup('local');
  right.deallocate();
  await section[Symbol.asyncDispose]();
  expect(await local).toEqual({ code: 0 });
  expect(await waiter.sleep()).toEqual({ code: 0 });
  port.destroy();
});

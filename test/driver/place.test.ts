import { expect, test } from 'vitest';
import { place } from '../../src/driver/index.ts';
import { LAB } from '../support/lab.ts';
import { rejection } from '../support/rejection.ts';
import { testSystem } from '../support/system.ts';

// Tasks that a broker spawned hold no host right: they cannot start others (DESIGN §5.4).
test.each(['process', 'broker'] as const)('place: %s without the host right is EPERM', async (placement) => {
  await using t = await testSystem();
  const { task } = t.sys;
  const routes = { main: task.link, open: () => task.link };
  const opener = { task, routes, host: null, threadEntry: null, nextRoute: () => 1 };
  const spec = { module: LAB.href, name: 'lab', options: undefined, bootstrap: null, onOutput: () => undefined };
  const error = await rejection(place(opener, placement, spec, { cwd: '/', execArgv: [] }));
  expect(error).toMatchObject({ code: 'EPERM', op: 'open' });
  expect(error.message).toContain(`place: '${placement}' needs the host right`);
});

test('place: thread where there are no threads is EINVAL', async () => {
  await using t = await testSystem();
  const { task } = t.sys;
  const routes = { main: task.link, open: () => task.link };
  const opener = { task, routes, host: null, threadEntry: null, nextRoute: () => 1 };
  const spec = { module: LAB.href, name: 'lab', options: undefined, bootstrap: null, onOutput: () => undefined };
  const error = await rejection(place(opener, 'thread', spec, { cwd: '/', execArgv: [] }));
  expect(error).toMatchObject({ code: 'EINVAL' });
});

import { expect, test } from 'vitest';
import { Groups, type Opener, place } from '../../src/driver/index.ts';
import { LAB } from '../support/lab.ts';
import { rejection } from '../support/rejection.ts';
import { testSystem, type TestSystem } from '../support/system.ts';

// Tasks that a broker spawned hold no host right: they cannot start others (DESIGN §5.4).
test.each(['process', 'process:pair', 'broker'] as const)(
  'place: %s without the host right is EPERM',
  async (placement) => {
    await using t = await testSystem();
    const error = await rejection(place(poorOpener(t), placement, SPEC, AROUND));
    expect(error).toMatchObject({ code: 'EPERM', op: 'open' });
    expect(error.message).toContain(`place: '${placement}' needs the host right`);
  },
);

test('place: thread where there are no threads is EINVAL', async () => {
  await using t = await testSystem();
  const error = await rejection(place(poorOpener(t), 'thread', SPEC, AROUND));
  expect(error).toMatchObject({ code: 'EINVAL' });
});

const SPEC = { module: LAB.href, name: 'lab', options: undefined, bootstrap: null, onOutput: () => undefined };
const AROUND = { cwd: '/', execArgv: [], asked: {} };

/** Has a task and nothing to place drivers with. */
function poorOpener({ sys: { task } }: TestSystem): Opener {
  return {
    task,
    routes: { main: task.link, open: () => task.link },
    host: null,
    threadEntry: null,
    groupModule: '',
    groups: new Groups(task),
    onOutput: () => undefined,
    nextRoute: () => 1,
  };
}

import { boot, type System } from 'easync';
import { expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { SharedBroker } from '../../support/shared-broker.ts';

const PAGE = 4096;
const DESCRIPTORS = 90;

// With many tasks the descriptors are used up before the objects are that half of them would be enough for.
test.each([
  ['1', 0],
  ['0', 0],
  ['1', 30],
])(
  'who maps more than a broker has descriptors for is refused, and nobody else: EASYNC_NATIVE=%s, %d more tasks',
  async (native, tasks) => {
    await using broker = await SharedBroker.start({}, { EASYNC_NATIVE: native }, DESCRIPTORS);
    await using good = await boot({ socket: broker.socket, label: 'good' });
    await using evil = await boot({ socket: broker.socket, label: 'evil' });
    const idle: System[] = [];
    for (let i = 0; i < tasks; i += 1) idle.push(await boot({ socket: broker.socket }));
    const region = await good.task.vm.allocate(2 * PAGE);

    let mapped = 0;
    const failure = await rejection(
      (async () => {
        for (; mapped < DESCRIPTORS; mapped += 1) await (await evil.task.vm.allocate(PAGE)).write(0, Uint8Array.of(1));
      })(),
    );
    expect(failure['code']).toBe('KERN_RESOURCE_SHORTAGE');
    if (tasks === 0) expect(mapped).toBe(DESCRIPTORS / 2 - 1);
    else expect(mapped).toBeLessThan(DESCRIPTORS / 2 - 1);
    await region.write(PAGE, Uint8Array.of(7));
    expect((await region.read(PAGE, 1))[0]).toBe(7);

    await evil.dispose();
    await using next = await boot({ socket: broker.socket, label: 'next' });
    expect((await (await next.task.vm.allocate(PAGE)).read(0, 1))[0]).toBe(0);
    for (const each of idle) await each.dispose();
  },
);

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Task } from '../../../src/task/index.ts';
import { pairOf } from '../../broker/pair.ts';
import { Rig } from '../../broker/rig.ts';
import { rejection } from '../../support/rejection.ts';

// Ports come and go, and nobody disposes of what somebody once slept on there.

const MOST = 4;

test('idents of ports that nobody has any more are given back, and not those that somebody sleeps on', async () => {
  await using rig = await Rig.start({ idents: MOST });
  const { client, server, port, right } = await pairOf(rig);
  const asleep = { woken: 0 };
  await client.sleep.identOf(right).enter(0, () => void (asleep.woken += 1));
  right.deallocate();
  for (let i = 1; i < MOST; i += 1) await wakeNewPort(client);
  expect(await rejection(wakeNewPort(client))).toMatchObject({ code: 'KERN_RESOURCE_SHORTAGE' });
  // Who does not wait for its wakeup hears of that, too.
  expect(rig.faults.splice(0)).toEqual([expect.stringContaining('a wakeup was lost')]);
  await collected(rig, client);
  for (let i = 1; i < MOST; i += 1) await wakeNewPort(client);
  expect(asleep.woken).toBe(0);
  await server.sleep.identOf(port).wakeup(0, false);
  await client.calls.call('port_names', {});
  expect(asleep.woken).toBe(1);
});

async function wakeNewPort(task: Task): Promise<void> {
  const port = task.allocate({ label: 'of this moment' });
  try {
    await task.sleep.identOf(port).wakeup(0, false);
  } finally {
    port.destroy();
  }
}

/** Waits until there is room for all but one again. */
async function collected({ broker }: Rig, task: Task): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  while (broker.sleeps.identsOf(task.welcome.task) > 1) {
    collect();
    await task.calls.call('port_names', {});
  }
}

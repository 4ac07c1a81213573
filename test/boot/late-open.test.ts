import { fileURLToPath } from 'node:url';
import { boot } from 'easync';
import { expect, test } from 'vitest';
import { Held } from '../fixtures/held-driver.js';
import { rejection } from '../support/rejection.ts';

const DRIVER = fileURLToPath(new URL('../fixtures/held-driver.js', import.meta.url));

test.each(['thread', 'process', 'broker'] as const)(
  'open in a %s after the broker died fails with a clear error',
  async (place) => {
    await using sys = await boot();
    process.kill((await sys.host?.ps())?.pid ?? 0, 'SIGKILL');
    await sys.task.closed;
    expect(await rejection(sys.open(Held, DRIVER, { place }))).toMatchObject({
      // Where the host port has to be asked first, it is that port which is dead.
      code: place === 'thread' ? 'EBROKERDIED' : 'MACH_SEND_INVALID_DEST',
    });
  },
);

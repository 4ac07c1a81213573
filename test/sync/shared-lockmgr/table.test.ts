import { Lockmgr, serveLockmgr, SharedLockmgr } from 'easync/sync';
import { describe, test } from 'vitest';
import { testSystem } from '../../support/system.ts';
import { type NewLock, promised } from './any-lock.ts';
import { CASES } from './cases.ts';
import { LOCK_TASK, LockTask } from './lock-task.ts';

describe('a lock of this thread', () => {
  test.each(CASES)('%s', async (_name, body) => {
    await body((options) => Promise.resolve(promised(new Lockmgr(options))));
  });
});

describe('a lock through a port of this task', () => {
  test.each(CASES)('%s', async (_name, body) => {
    await using t = await testSystem();
    const opened: Disposable[] = [];
    await body(async (options) => {
      const port = serveLockmgr(t.sys, new Lockmgr(options));
      const lock = await SharedLockmgr.open(port.right());
      opened.push(lock, port);
      return lock;
    });
    for (const each of opened) each[Symbol.dispose]();
  });
});

test('a lock that a driver serves, inline, in a thread, in a process: the same', async () => {
  await using t = await testSystem();
  for (const place of ['inline', 'thread', 'process'] as const) {
    using task = await t.sys.open(LockTask, LOCK_TASK, { place });
    for (const [, body] of CASES) {
      const opened: Disposable[] = [];
      const newLock: NewLock = async (options) => {
        const lock = await SharedLockmgr.open((await task.serve(options)).lock);
        opened.push(lock);
        return lock;
      };
      await body(newLock);
      for (const each of opened) each[Symbol.dispose]();
    }
  }
});

import { expect } from 'vitest';
import { DISP } from '../../src/kernel/index.ts';
import { Lockmgr, Owner, serveLockmgr, SharedLockmgr } from '../../src/sync/index.ts';
import { SendRight, type Task } from '../../src/task/index.ts';
import { rejection } from '../support/rejection.ts';
import type { Arena } from './arena.ts';
import type { Rows } from './row.ts';

/** What a client may have wait at the lock of another task. */
export const LOCK_LIMITS: Rows<'lockWaiters'> = {
  lockWaiters: {
    limits: { lockWaiters: 3 },
    meets: 'ELIMIT',
    async attack(arena) {
      const { client, server } = arena.bystanders;
      const [lock, own] = [new Lockmgr(), new Owner()];
      await lock.exclusive(own);
      const home = { task: server };
      using port = serveLockmgr(home, lock, { label: 'the coveted' });
      const flooder = await arena.rig.task('flooder');
      const flooding = await SharedLockmgr.open(await rightOf(arena, port.right(), flooder));
      using other = await SharedLockmgr.open(await rightOf(arena, port.right(), client));
      const stop = new AbortController();
      const { signal } = stop;
      const flood = [1, 2, 3].map(() => rejection(flooding.exclusive(new Owner(), { signal })));
      const refused = await rejection(flooding.shared(new Owner()));
      expect(refused).toMatchObject({ code: 'ELIMIT', handled: 'no' });
      expect(refused.message).toContain('the coveted: 3 requests of this client wait (lockWaiters)');
      // Who does not wait is not refused, nor is who waits for somebody else.
      expect(await flooding.tryShared(new Owner())).toBe(false);
      const patient = new Owner();
      const waiting = other.shared(patient);
      await other.status(null);
      stop.abort();
      expect((await Promise.all(flood)).map(({ code }) => code)).toEqual(['EINTR', 'EINTR', 'EINTR']);
      const again = flooding.shared(new Owner());
      await flooding.status(null);
      lock.release(own);
      await Promise.all([again, waiting]);
      // What it leaves behind with its task is in nobody's way.
      await flooder.dispose();
      await other.upgrade(patient);
      await other.release(patient);
    },
  },
};

/** The server's right as another task has it. */
async function rightOf(arena: Arena, right: SendRight, task: Task): Promise<SendRight> {
  using mine = right;
  const name = await arena.grantFrom(mine.task, task.welcome.task, DISP.MAKE_SEND, mine.name);
  const theirs = task.arrive({ disp: DISP.MOVE_SEND, name });
  if (theirs instanceof SendRight) return theirs;
  throw new TypeError('a send right was granted');
}

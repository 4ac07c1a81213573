import { expect } from 'vitest';
import { makeStub } from '../../src/driver/index.ts';
import { DISP } from '../../src/kernel/index.ts';
import { Lockmgr, Owner, serveLockmgr, SharedLockmgr } from '../../src/sync/index.ts';
import { LockServer, LockSession } from '../../src/sync/shared-lockmgr/subsystem.ts';
import { SendRight, type Task } from '../../src/task/index.ts';
import { rejection } from '../support/rejection.ts';
import type { Arena } from './arena.ts';
import type { Rows } from './row.ts';

/** What a client may have at the lock of another task, and have wait there. */
export const LOCK_LIMITS: Rows<'lockWaiters' | 'lockOwners'> = {
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
      // Who says that it does not wait, and does.
      const open = makeStub(LockServer, await rightOf(arena, port.right(), flooder));
      const lying = makeStub(LockSession, (await open.open()).session);
      const lies = [1, 2, 3].map((owner) => rejection(lying.request({ how: 'reacquire', owner, noWait: true })));
      const lie = await rejection(lying.request({ how: 'reacquire', owner: 4, noWait: true }));
      expect(lie).toMatchObject({ code: 'ELIMIT' });
      lying[Symbol.dispose]();
      open[Symbol.dispose]();
      expect((await Promise.all(lies)).map(({ code }) => code)).toEqual(['ERELEASED', 'ERELEASED', 'ERELEASED']);
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

  lockOwners: {
    limits: { lockOwners: 3 },
    meets: 'ELIMIT',
    async attack(arena) {
      const { client, server } = arena.bystanders;
      const lock = new Lockmgr();
      using port = serveLockmgr({ task: server }, lock, { label: 'the coveted' });
      const flooder = await arena.rig.task('flooder');
      const flooding = await SharedLockmgr.open(await rightOf(arena, port.right(), flooder));
      using other = await SharedLockmgr.open(await rightOf(arena, port.right(), client));
      const owners = [1, 2, 3].map((n) => new Owner(`owner ${n}`));
      for (const owner of owners) await flooding.shared(owner);
      const refused = await rejection(flooding.tryShared(new Owner()));
      expect(refused).toMatchObject({ code: 'ELIMIT', handled: 'no' });
      expect(refused.message).toContain('the coveted: 3 owners of this client have it or wait (lockOwners)');
      // What they have they may have once more; others are others; and there is room again for each that has gone.
      for (const owner of owners) await flooding.shared(owner);
      const own = new Owner();
      await other.shared(own);
      for (const owner of [...owners, ...owners]) await flooding.release(owner);
      expect(await flooding.tryShared(new Owner())).toBe(true);
      await flooder.dispose();
      await other.upgrade(own);
      await other.release(own);
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

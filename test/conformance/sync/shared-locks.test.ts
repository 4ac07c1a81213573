import { afterAll, beforeAll } from 'vitest';
import { Lockmgr, serveLockmgr, SharedLockmgr } from 'easync/sync';
import { quiet } from '../../sync/settled.ts';
import { FutexLab } from '../../task/memory/futex-lab.ts';
import { LockStage } from './lock-stage.ts';
import type { LockWorld } from './play.ts';
import { conform } from './rules.ts';
import { DISTANT_LOCKS } from './sections/index.ts';

// The same rules for a lock that another task serves.

let lab: FutexLab;
let locks = 0;
beforeAll(async () => void (lab = await FutexLab.start('with koffi')));
afterAll(() => lab[Symbol.asyncDispose]());

const OF_ANOTHER_TASK: LockWorld = {
  lock: async (options) => {
    const { here, there } = lab;
    const name = `lock ${(locks += 1)}`;
    const served = serveLockmgr(here, new Lockmgr(options), { label: name });
    await here.names.checkIn({ name, port: served.right() });
    const { port } = await there.names.lookUp({ name });
    const lock = await SharedLockmgr.open(port);
    const dispose = async (): Promise<void> => {
      lock[Symbol.dispose]();
      served.close();
    };
    return Object.assign(lock, { [Symbol.asyncDispose]: dispose });
  },
  settle: async () => {
    // The request goes out, arrives, is answered, and the answer comes in; what it brings about goes the same way.
    for (const { task } of [lab.there, lab.here, lab.here, lab.there]) await task.traps.vm_region(0);
    await quiet();
  },
};

conform('of another task', () => new LockStage(OF_ANOTHER_TASK), DISTANT_LOCKS);

import { defineSubsystem, routine, type SendRight, type Stub, type System } from 'easync';
import { Lockmgr, Owner, serveLockmgr } from 'easync/sync';
import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../../../src/host/seeded-random.ts';
import { testSystem } from '../../support/system.ts';
import { until } from '../../support/until.ts';
import { Judge } from './judge.ts';

const SECONDS = Number(process.env['EASYNC_LOCK_CHAOS_SECONDS'] ?? 1.5);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);
const WORKERS = SECONDS < 5 ? 2 : 4;
const OWNERS = 3;
/** Of those that start anew once they were killed, each costs half a second of a core. */
const KILL_EVERY_MS = 600;

const LockJudge = defineSubsystem('lockjudge', {
  enter: routine<{ holder: string; how: 'shared' | 'exclusive'; ownerDied: boolean }>(),
  leave: routine<{ holder: string }>(),
  read: routine<void, number>(),
  write: routine<{ holder: string; value: number }>(),
  fault: routine<{ text: string }>(),
});

const LockWorker = defineSubsystem('lockworker', {
  work: routine<{ lock: SendRight; judge: SendRight; client: string; owners: number }>(),
  stop: routine(),
  pid: routine<void, number>(),
});

const WORKER = new URL('./fixtures/lock-worker.js', import.meta.url);

type Worker = { client: string; stub: Stub<typeof LockWorker>; pid: number; isDead: boolean };

test(
  `kill -9 of processes that share a lock, for ${SECONDS} s, from seed ${SEED}`,
  { timeout: 60_000 + SECONDS * 3_000 },
  async () => {
    await using t = await testSystem();
    const random = seededRandom(SEED);
    const court = new Court(t.sys);
    for (let n = 0; n < WORKERS; n += 1) await court.start();
    const end = performance.now() + SECONDS * 1_000;
    while (performance.now() < end && !court.isAtFault) {
      const grants = court.judge.grants;
      const due = performance.now() + random.below(KILL_EVERY_MS);
      await until(() => court.isAtFault || (performance.now() > due && court.judge.grants > grants));
      await court.replaceOne(random);
    }
    await court.close();
    expect(court.judge.settled, `replay with EASYNC_SEED=${SEED} EASYNC_LOCK_CHAOS_SECONDS=${SECONDS}`).toEqual([]);
    console.log(Judge.tally([court.judge]));
  },
);

/** The server of the lock, and who judges its clients. */
class Court {
  readonly judge = new Judge();
  readonly #sys: System;
  readonly #lock = new Lockmgr();
  readonly #port;
  readonly #workers: Worker[] = [];
  #started = 0;

  constructor(sys: System) {
    this.#sys = sys;
    this.#port = serveLockmgr(sys, this.#lock);
  }

  /** Then there is nothing to go on for. */
  get isAtFault(): boolean {
    return this.judge.faults.length > 0;
  }

  async start(): Promise<void> {
    const client = `worker ${(this.#started += 1)}`;
    const stub = await this.#sys.open(LockWorker, WORKER, { place: 'process', name: client });
    const worker = { client, stub, pid: await stub.pid(), isDead: false };
    this.#workers.push(worker);
    await stub.work({ lock: this.#port.right(), judge: this.#bench(worker), client, owners: OWNERS });
  }

  /** Anybody, or who has the lock exclusively. */
  async replaceOne(random: Random): Promise<void> {
    const { judge } = this;
    const isAny = random.below(3) === 0;
    if (!isAny) await until(() => judge.writer !== undefined || this.isAtFault);
    const at = isAny ? random.below(WORKERS) : this.#workers.findIndex(({ client }) => client === judge.writer);
    const [victim] = this.#workers.splice(at, 1);
    if (victim === undefined) return;
    process.kill(victim.pid, 'SIGKILL');
    // Whatever it has said before, and comes only now, is a dead one's.
    victim.isDead = true;
    judge.ended(victim.client);
    victim.stub[Symbol.dispose]();
    await this.start();
  }

  /** Everybody comes to an end of what it is at: nobody hangs. What the dead had is nobody's. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map(({ stub }) => stub.stop()));
    const last = new Owner('last');
    await this.#lock.exclusive(last);
    this.#lock.release(last);
    expect(this.#lock.inspect()).toMatchObject({ exclusive: 0, shared: [], waiting: [] });
    for (const { stub } of this.#workers) stub[Symbol.dispose]();
    this.#port.close();
  }

  #bench(worker: Worker): SendRight {
    const { judge } = this;
    const { client } = worker;
    const isHeard = (): boolean => !worker.isDead;
    return this.#sys
      .serve(LockJudge, {
        enter: ({ holder, how, ownerDied }) => void (isHeard() && judge.enter(client, holder, how, ownerDied)),
        leave: ({ holder }) => void (isHeard() && judge.leave(holder)),
        read: () => judge.value,
        write: ({ value }) => void (isHeard() && judge.wrote(value)),
        fault: ({ text }) => void (isHeard() && judge.faults.push(text)),
      })
      .right();
  }
}

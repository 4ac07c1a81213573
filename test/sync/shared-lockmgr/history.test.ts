import type { SendRight, System } from 'easync';
import { Lockmgr, serveLockmgr, SharedLockmgr } from 'easync/sync';
import { simulate } from 'easync/testing';
import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../../../src/host/seeded-random.ts';
import { promised } from './any-lock.ts';
import { Flow } from './flow.ts';
import { Judge } from './judge.ts';

const FIRST = Number(process.env['EASYNC_SEED'] ?? 1);
const SEEDS = Number(process.env['EASYNC_SIMULATIONS'] ?? 12);
const CLIENTS = 3;
const OWNERS = 2;
const ROUNDS = 12;

test(
  `clients of a lock, some of which die: seeds ${FIRST} to ${FIRST + SEEDS - 1}`,
  { timeout: 60_000 + SEEDS * 5_000 },
  async () => {
    const judges: Judge[] = [];
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const judge = new Judge();
      judges.push(judge);
      const left = await history(seed, judge);
      expect([judge.settled, left], `replay with EASYNC_SEED=${seed} EASYNC_SIMULATIONS=1`).toEqual([[], CLEAN]);
    }
    console.log(Judge.tally(judges));
    // One seed may have nobody die with the lock.
    if (SEEDS > 5) expect(judges.some(({ told }) => told > 0)).toBe(true);
  },
);

const CLEAN = expect.objectContaining({ exclusive: 0, shared: [], waiting: [], isCancelling: false }) as unknown;

/** A world that lives until everybody is done or dead. Answers what is left of its lock. */
async function history(seed: number, judge: Judge): Promise<unknown> {
  const random = seededRandom(seed);
  await using sim = await simulate(seed);
  const home = await sim.settle(sim.attach('home'));
  const lock = new Lockmgr({ host: home.task.host });
  using port = serveLockmgr(home, lock);
  await sim.settle(home.names.register({ name: 'lock', port: port.right() }));
  const pauseOf = (system: System) => (ms: number) =>
    new Promise<void>((resolve) => void system.task.host.timer(ms, resolve));
  const pause = pauseOf(home);
  const own = { client: 'home', lock: promised(lock), ownerDied: () => lock.ownerDied, isOver: () => false };
  const lives = [new Flow({ ...own, judge, random, pause }, 'own').run(ROUNDS)];
  for (let n = 0; n < CLIENTS; n += 1) {
    const system = await sim.settle(sim.attach(`client ${n}`));
    const { port: right } = await sim.settle(system.names.lookUp({ name: 'lock' }));
    for (const faults of [sim.faults(system).toBroker, sim.faults(system).fromBroker]) faults.delay(random.below(3));
    lives.push(life(system, right, `client ${n}`, { judge, random, pause, kill: () => sim.kill(system) }));
  }
  await sim.settle(Promise.all(lives));
  await sim.run();
  return lock.inspect();
}

type Around = { judge: Judge; random: Random; pause: (ms: number) => Promise<void>; kill: () => void };

/** A client that goes its way, is killed on it, or loses interest. */
async function life(system: System, right: SendRight, client: string, { kill, ...around }: Around): Promise<void> {
  const { judge, random, pause } = around;
  const lock = await SharedLockmgr.open(right);
  let isOver = false;
  const place = { ...around, client, lock, isOver: () => isOver, ownerDied: lock.ownerDied.bind(lock) };
  const flows = Array.from({ length: OWNERS }, (_, n) => new Flow(place, `owner ${n}`).run(ROUNDS));
  const end = async (end: () => void): Promise<void> => {
    await pause(random.below(100));
    // Mostly with an exclusive hold: that is what the next one has to be told of.
    for (const waits = random.below(3) > 0; waits && !isOver && judge.writer !== client;) await pause(1);
    if (isOver) return;
    isOver = true;
    judge.ended(client);
    end();
  };
  const done = Promise.all(flows).then(() => void (isOver = true));
  const fate = random.below(3);
  if (fate === 0) await end(kill);
  if (fate === 1) await end(() => lock[Symbol.dispose]());
  await done;
  if (!system.task.isClosed) lock[Symbol.dispose]();
}

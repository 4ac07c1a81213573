import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../../src/host/seeded-random.ts';
import { descendants } from '../support/processes.ts';
import { within } from '../support/until.ts';
import { type Events, events, killBroker, killTask, mustEnd, stop } from './memory/events.ts';
import { close } from './memory/close.ts';
import { Ledger, type Plan, SOON_MS } from './memory/ledger.ts';
import type { LedgerTask } from './memory/ledger-task.ts';
import type { SleepAccess } from './sleep/history.ts';
import { judgeSleeps } from './sleep/judge.ts';
import { lostIn } from './sleep/lost.ts';

const SECONDS = Number(process.env['EASYNC_SLEEP_CHAOS_SECONDS'] ?? 1);
const SEED = Number(process.env['EASYNC_SEED'] ?? 1);
/** After which everybody leaves, and the next begin anew. */
const ACT_SECONDS = 10;
const IS_SHORT = SECONDS <= 1;

/** What happens, in an order that is always another. */
const DECK = ['stop', 'stop', 'stop', 'killTask', 'killTask', 'killBroker'] as const;
/** Where there is no time for more. */
const SHORT_DECK = ['stop', 'killTask'] as const;
type Event = (typeof DECK)[number];
type World = Ledger<SleepAccess>;

const HAPPENS: Events<Event, SleepAccess> = {
  stop,
  killTask,
  /** The pager serves nobody else: it ends by itself, and there is a next one. */
  async killBroker(world) {
    const { pager } = world;
    await killBroker(world);
    await pager?.program.exited;
    await world.startPager();
  },
};

test(
  `kill -9 and SIGSTOP of who sleeps and who wakes, for ${SECONDS} s, from seed ${SEED}`,
  { timeout: 120_000 + SECONDS * 5_000 },
  async () => {
    const random = seededRandom(SEED);
    const others = descendants(process.pid);
    const tally = new Map<string, number>();
    const replay = `EASYNC_SEED=${SEED} EASYNC_SLEEP_CHAOS_SECONDS=${SECONDS} npx vitest run test/chaos/sleep.test.ts`;
    const end = performance.now() + SECONDS * 1_000;
    for (let act = 0; performance.now() < end; act += 1) {
      await using world = await Ledger.open<SleepAccess>(random, planOf(random, act));
      const rest = Math.min(end - performance.now(), ACT_SECONDS * 1_000);
      for (const event of await events<Event, SleepAccess>(world, rest, IS_SHORT ? SHORT_DECK : DECK, HAPPENS))
        count(tally, [[event, 1]]);
      await calm(world);
      const left = await close(world, others);
      const judged = judgeSleeps(world.history);
      count(tally, judged.tally);
      const acted = `act ${act}, ${JSON.stringify(world.plan)}; to replay it: ${replay}`;
      expect(judged.faults.slice(0, 10), acted).toEqual([]);
      expect(left, acted).toEqual([]);
    }
    console.log(`seed ${SEED}: ${[...tally].map(([word, times]) => `${times} ${word}`).join(', ')}`);
  },
);

function planOf(random: Random, act: number): Plan {
  const tasks = act === 0 ? 2 : 2 + random.below(3);
  return { brokers: ['west'], tasks, pages: 2, program: 'sleep-task.js', futexes: {} };
}

/**
 * Nobody wakes any more. Who sleeps on has been passed by by nobody; one is killed, the others give up. Then all but one leave, and the
 * table is empty.
 */
async function calm(world: World): Promise<void> {
  // An ident that nobody has opened begins anew: what was left on it would not be seen.
  await world.soon('all know the idents', () => [...world.tasks].every(({ record }) => has(record.accesses, 'map')));
  tell(world, 'SIGUSR2');
  // The judge tells who does.
  await within(SOON_MS, () => areOver(world) && lostIn(world.history).length === 0);
  await killSleeper(world);
  tell(world, 'SIGHUP');
  await world.soon('everybody has an outcome', () =>
    [...world.tasks].every((task) => has(task.record.accesses, 'quiet')),
  );
  const [last, ...rest] = world.tasks;
  for (const task of rest) {
    task.program.kill('SIGTERM');
    await mustEnd(world, `task ${task.options.task}`, task.program);
    world.leaves(task);
  }
  // Of one that was killed the broker hears when it hears it.
  const broker = world.brokers.get('west');
  await within(SOON_MS, async () => (await broker?.sleepers()) === 0);
  last?.program.kill('SIGINT');
  await world.soon('the last one has seen the table', () => has(last?.record.accesses ?? [], 'check'));
}

/** Nobody comes in its place, and no wakeup takes it out of its queue. */
async function killSleeper(world: World): Promise<void> {
  const sleeps = ({ record }: LedgerTask<SleepAccess>): boolean =>
    record.accesses.some(({ kind, end, prepared }) => kind === 'sleep' && end === undefined && prepared !== undefined);
  const victim = [...world.tasks].find(sleeps);
  if (victim === undefined) return;
  const from = world.now();
  await victim.kill();
  world.deaths.push({ what: 'task', who: victim.options.task, from, to: world.now() });
  world.leaves(victim);
}

function areOver({ tasks }: World): boolean {
  const wakes = [...tasks].flatMap(({ record }) => record.accesses.filter(({ kind }) => kind === 'wake'));
  return wakes.every(({ end }) => end !== undefined);
}

function tell({ tasks }: World, signal: NodeJS.Signals): void {
  for (const { program } of tasks) program.kill(signal);
}

function has(accesses: readonly SleepAccess[], kind: SleepAccess['kind']): boolean {
  return accesses.some((access) => access.kind === kind && access.end !== undefined);
}

function count(tally: Map<string, number>, words: Iterable<readonly [string, number]>): void {
  for (const [word, times] of words) tally.set(word, (tally.get(word) ?? 0) + times);
}

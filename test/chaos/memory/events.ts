import type { Random } from '../../../src/host/seeded-random.ts';
import { isRunning, type Program } from '../../support/processes.ts';
import type { Logged } from './history.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerTask } from './ledger-task.ts';

/** What happens, in an order that is always another. */
const DECK = [
  'stop',
  'stop',
  'stop',
  'stop',
  'stop',
  'stop',
  'killTask',
  'killTask',
  'killBroker',
  'killPager',
] as const;
type MemoryEvent = (typeof DECK)[number];

/** What may happen to a ledger whose tasks log `A`, by name. */
export type Events<E extends string, A extends Logged> = Readonly<Record<E, (ledger: Ledger<A>) => Promise<void>>>;

export function memoryEvents(ledger: Ledger, ms: number): Promise<MemoryEvent[]> {
  return events(ledger, ms, DECK, { stop, killTask, killBroker, killPager });
}

/**
 * One thing after the other happens to one of the processes, until the time is over and each of the deck has. Whoever is killed is
 * replaced. Answers what it was.
 */
export async function events<E extends string, A extends Logged>(
  ledger: Ledger<A>,
  ms: number,
  all: readonly E[],
  happens: Events<E, A>,
): Promise<E[]> {
  const done: E[] = [];
  const end = performance.now() + ms;
  for (let deck: E[] = []; performance.now() < end || done.length < all.length;) {
    if (deck.length === 0) deck = [...all];
    const [name] = deck.splice(ledger.random.below(deck.length), 1);
    if (name === undefined) break;
    await progress(ledger, ledger.random.below(40));
    await happens[name](ledger);
    done.push(name);
  }
  return done;
}

/** Until every task has had this many more accesses. */
async function progress<A extends Logged>(ledger: Ledger<A>, accesses: number): Promise<void> {
  const goals = [...ledger.tasks].map((task) => [task, task.ended + accesses] as const);
  await ledger.soon('every task goes on', () => goals.every(([task, goal]) => task.ended >= goal));
}

/** It did so by itself, in good order. */
export async function mustEnd<A extends Logged>(ledger: Ledger<A>, what: string, program: Program): Promise<void> {
  await ledger.soon(`${what} ends`, () => !isRunning(program.pid));
  const { code, signal } = await program.exited;
  if (code !== 0) throw new Error(`${what} ended with ${signal ?? `exit code ${code}`}: ${await program.stderr}`);
}

/** It does nothing for a while, and meanwhile more happens. */
export function stop<A extends Logged>(ledger: Ledger<A>): Promise<void> {
  return stopped(oneOf(ledger, ledger.programs), 50 + ledger.random.below(250));
}

export function stopped(program: Program, ms: number): Promise<void> {
  program.kill('SIGSTOP');
  setTimeout(() => program.kill('SIGCONT'), ms);
  return Promise.resolve();
}

export function killTask<A extends Logged>(ledger: Ledger<A>): Promise<void> {
  return killed(ledger, oneOf(ledger, [...ledger.tasks]));
}

export async function killed<A extends Logged>(ledger: Ledger<A>, task: LedgerTask<A>): Promise<void> {
  const from = ledger.now();
  await task.kill();
  ledger.deaths.push({ what: 'task', who: task.options.task, from, to: ledger.now() });
  await replaced(ledger, task);
}

/** It has gone, and there is another in its place. */
export async function replaced<A extends Logged>(ledger: Ledger<A>, task: LedgerTask<A>): Promise<void> {
  ledger.leaves(task);
  const { broker: name, index } = task.options;
  const broker = ledger.brokers.get(name);
  if (broker !== undefined) await ledger.startTask(broker, index);
}

/** Its tasks notice, each by itself, and end. Those of the other brokers go on. */
export async function killBroker<A extends Logged>(
  ledger: Ledger<A>,
  broker = oneOf(ledger, [...ledger.brokers.values()]),
): Promise<void> {
  const others = [...ledger.tasks].filter(({ options }) => options.broker !== broker.name);
  const from = ledger.now();
  await broker.kill();
  ledger.deaths.push({ what: 'broker', who: broker.life, from, to: ledger.now() });
  for (const task of ledger.tasks) {
    if (task.options.broker !== broker.name) continue;
    await mustEnd(ledger, `task ${task.options.task} on ${broker.life}, which was killed,`, task.program);
    ledger.leaves(task);
  }
  const goals = others.map((task) => [task, task.ended + 20] as const);
  await ledger.soon('the other brokers’ tasks go on', () => goals.every(([task, goal]) => task.ended >= goal));
  await ledger.startTasks(await ledger.startBroker(broker.name));
}

/** The next one serves what this one has stored, and all tasks come to it. */
export async function killPager<A extends Logged>(ledger: Ledger<A>): Promise<void> {
  const { pager } = ledger;
  if (pager === undefined) return;
  const from = ledger.now();
  await pager.kill();
  ledger.deaths.push({ what: 'pager', who: pager.life, from, to: ledger.now() });
  const { life } = await ledger.startPager();
  await ledger.soon('all tasks map the next pager’s object', () =>
    [...ledger.tasks].every((task) => task.hasMapped(life)),
  );
}

export function oneOf<T>({ random }: { random: Random }, from: readonly T[]): T {
  const one = from[random.below(from.length)];
  if (one === undefined) throw new RangeError('there is nothing to choose from');
  return one;
}

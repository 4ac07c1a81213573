import { isRunning, type Program } from '../../support/processes.ts';
import type { Ledger } from './ledger.ts';

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
type EventName = (typeof DECK)[number];

/**
 * One thing after the other happens to one of the processes, until the time is over and each kind has. Whoever is killed is replaced.
 * Answers what it was.
 */
export async function events(ledger: Ledger, ms: number): Promise<EventName[]> {
  const done: EventName[] = [];
  const end = performance.now() + ms;
  for (let deck: EventName[] = []; performance.now() < end || done.length < DECK.length;) {
    if (deck.length === 0) deck = [...DECK];
    const [name] = deck.splice(ledger.random.below(deck.length), 1);
    if (name === undefined) break;
    await progress(ledger, ledger.random.below(40));
    await EVENTS[name](ledger);
    done.push(name);
  }
  return done;
}

/** Until every task has had this many more accesses. */
async function progress(ledger: Ledger, accesses: number): Promise<void> {
  const goals = [...ledger.tasks].map((task) => [task, task.ended + accesses] as const);
  await ledger.soon('every task goes on', () => goals.every(([task, goal]) => task.ended >= goal));
}

/** It did so by itself, in good order. */
export async function mustEnd(ledger: Ledger, what: string, program: Program): Promise<void> {
  await ledger.soon(`${what} ends`, () => !isRunning(program.pid));
  const { code, signal } = await program.exited;
  if (code !== 0) throw new Error(`${what} ended with ${signal ?? `exit code ${code}`}: ${await program.stderr}`);
}

const EVENTS: Record<EventName, (ledger: Ledger) => Promise<void>> = {
  /** It does nothing for a while, and meanwhile more happens. */
  async stop(ledger) {
    const program = oneOf(ledger, ledger.programs);
    program.kill('SIGSTOP');
    setTimeout(() => program.kill('SIGCONT'), 50 + ledger.random.below(250));
  },

  async killTask(ledger) {
    const task = oneOf(ledger, [...ledger.tasks]);
    await task.kill();
    ledger.leaves(task);
    const { broker: name, index } = task.options;
    const broker = ledger.brokers.get(name);
    if (broker !== undefined) await ledger.startTask(broker, index);
  },

  /** Its tasks notice, each by itself, and end. Those of the other broker go on. */
  async killBroker(ledger) {
    const broker = oneOf(ledger, [...ledger.brokers.values()]);
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
    await ledger.soon('the other broker’s tasks go on', () => goals.every(([task, goal]) => task.ended >= goal));
    await ledger.startTasks(await ledger.startBroker(broker.name));
  },

  /** The next one serves what this one has stored, and all tasks come to it. */
  async killPager(ledger) {
    const { pager } = ledger;
    if (pager === undefined) return;
    const from = ledger.now();
    await pager.kill();
    ledger.deaths.push({ what: 'pager', who: pager.life, from, to: ledger.now() });
    const { life } = await ledger.startPager();
    await ledger.soon('all tasks map the next pager’s object', () =>
      [...ledger.tasks].every((task) => task.hasMapped(life)),
    );
  },
};

function oneOf<T>({ random }: Ledger, from: readonly T[]): T {
  const one = from[random.below(from.length)];
  if (one === undefined) throw new RangeError('there is nothing to choose from');
  return one;
}

import { type Events, events, killBroker, killed, mustEnd, oneOf, replaced, stop, stopped } from '../memory/events.ts';
import type { FutexAccess } from './history.ts';
import { type FutexTask, heldBy, openCalls, type World } from './world.ts';

/** What happens, in an order that is always another. */
const DECK = ['stop', 'stopHolder', 'killHolder', 'killWaiter', 'leave', 'killBroker'] as const;
/** Where there is no time for more. */
const SHORT_DECK = ['stopHolder', 'killHolder', 'killBroker'] as const;

export type FutexEvent = (typeof DECK)[number];

export function futexEvents(world: World, ms: number, isShort: boolean): Promise<FutexEvent[]> {
  return events<FutexEvent, FutexAccess>(world, ms, isShort ? SHORT_DECK : DECK, HAPPENS);
}

const HAPPENS: Events<FutexEvent, FutexAccess> = {
  stop,

  /** It has it for as long as it does nothing, unless the pager takes it away. */
  async stopHolder(world) {
    const { program } = await oneWho(world, 'holds a futex', (task) => heldBy(task).length > 0);
    await stopped(program, 50 + world.random.below(250));
  },

  async killHolder(world) {
    await killed(world, await oneWho(world, 'holds a futex', (task) => heldBy(task).length > 0));
  },

  async killWaiter(world) {
    await killed(world, await oneWho(world, 'waits for a futex', (task) => openCalls(task, 'lock').length > 0));
  },

  async killBroker(world) {
    const { options } = await oneWho(world, 'holds a futex', (task) => heldBy(task).length > 0);
    await killBroker(world, world.brokers.get(options.broker));
  },

  /** In good order, whatever it has locked. */
  async leave(world) {
    const task = oneOf(world, [...world.tasks]);
    task.program.kill('SIGTERM');
    await mustEnd(world, `task ${task.options.task}, which was told to leave,`, task.program);
    await replaced(world, task);
  },
};

/** By the time that something happens to it, it may do so no longer. */
async function oneWho(world: World, does: string, isIt: (task: FutexTask) => boolean): Promise<FutexTask> {
  let found: FutexTask[] = [];
  await world.soon(`somebody ${does}`, () => (found = [...world.tasks].filter(isIt)).length > 0);
  return oneOf(world, found);
}

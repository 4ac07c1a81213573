/** One of the tasks that count: a process of its own. */
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

import { boot } from 'easync';

import { now } from '../clock.ts';
import type { Done } from './result.ts';
import { Counter, FUTEX_AT, GATE_AT, OBJECT_BYTES } from './counter.ts';

export type Work = {
  broker: string;
  /** Its name. */
  object: string;
  /** Which of them it is. */
  task: number;
  tasks: number;
  tasksPerBroker: number;
  /** What the counter is to become. */
  total: number;
  /** Whoever finds one of these in the counter stops half way, until it is told to go on. */
  haltsAt: number[];
};

/** `halted`: it is half way, and there is more to come. */
export type FromWorker = 'ready' | (Done & { halted: true }) | Done;

/** How long it counts, as often as it gets to. */
const COUNTS_MS = 2;
const MOST_PAUSE_MS = 400;

// The tour has gone.
process.once('disconnect', () => process.exit());
const { broker, object, task, tasks, tasksPerBroker, total, haltsAt } = JSON.parse(process.argv[2] ?? '') as Work;
const sys = await boot({ broker, label: `task ${task}` });
using port = (await sys.names.lookUp({ name: object, wait: true })).port;
const region = await sys.task.vm.map(port, { size: OBJECT_BYTES });
const counter = new Counter(region, tasks, tasksPerBroker);
const futex = region.futex(FUTEX_AT);
const done: Done = { counted: 0, locked: 0 };

say('ready');
await region.futex(GATE_AT).wait(0);
for (let began = now(); await countsForAMoment(); began = now()) {
  // Now and then nobody else counts, whatever a turn takes on this machine.
  const pause = Math.min((now() - began) * tasks * 2, MOST_PAUSE_MS);
  await setTimeout(Math.random() * pause);
}
say(done);
await region.unmap();
await sys.dispose();
process.disconnect();

/** Answers whether there is more to count. The moment begins when it is let in. */
async function countsForAMoment(): Promise<boolean> {
  let end = Infinity;
  do {
    await using guard = await futex.lock();
    done.locked += 1;
    end = Math.min(end, now() + COUNTS_MS);
    await counter.enter(task);
    if (guard.ownerDied) {
      await counter.repair();
      guard.consistent();
    }
    if (counter.value >= total) return false;
    done.counted += 1;
    await counter.increment(task, haltIfTold);
  } while (now() < end);
  return true;
}

function haltIfTold(): Promise<void> | undefined {
  return haltsAt.includes(counter.value) ? halt() : undefined;
}

async function halt(): Promise<void> {
  const goOn = once(process, 'message');
  say({ ...done, halted: true });
  await goOn;
}

function say(what: FromWorker): void {
  process.send?.(what);
}

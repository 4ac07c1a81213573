import { now } from '../clock.ts';
import { PAGER, WORKER } from '../programs.ts';
import type { Brokers } from './brokers.ts';
import { Child } from './child.ts';
import { Counter, FUTEX_AT, GATE_AT, OBJECT_BYTES, sum } from './counter.ts';
import type { FromPager, Serves } from './pager.ts';
import { isExact, type RunResult } from './result.ts';
import { Troubles, troublesAt } from './troubles.ts';
import type { FromWorker, Work } from './worker.ts';

export type RunOptions = {
  brokers: Brokers;
  tasksPerBroker: number;
  total: number;
  /** Part II of the seed without what follows. */
  recallAtOnce: boolean;
  signal: AbortSignal;
};

/** Has the tasks of all brokers count together. Nothing that it started is left when it settles. */
export async function runCount(options: RunOptions): Promise<RunResult> {
  const { brokers, tasksPerBroker, total, recallAtOnce, signal } = options;
  const object = recallAtOnce ? 'recalled counter' : 'counter';
  const serves: Serves = { brokers: brokers.names, object, recallAtOnce };
  await using pager = new Child<FromPager>(PAGER, 'the pager', serves, signal);
  await pager.hear();
  using port = (await brokers.first.names.lookUp({ name: object })).port;
  await using region = await brokers.first.task.vm.map(port, { size: OBJECT_BYTES });
  const counter = new Counter(region, brokers.names.length * tasksPerBroker, tasksPerBroker);
  const troubles = new Troubles(counter, signal);
  const workers: Child<FromWorker>[] = [];
  try {
    for (const work of worksOf(options, object)) {
      workers.push(new Child(WORKER, `task ${work.task}`, work, signal));
    }
    await Promise.all(workers.map((worker) => worker.hear()));
    const began = now();
    await region.futex(GATE_AT).wake({ all: true, value: 1 });
    const done = await Promise.all(workers.map((worker, task) => troubles.follow(worker, task)));
    const ms = now() - began;
    // By then the pager has heard of all that was before.
    await using _guard = await region.futex(FUTEX_AT).lock();
    await counter.read();
    const { count } = counter;
    pager.say('how many?');
    const messages = await pager.hear();
    if (messages === 'ready') throw new Error('the pager has started twice');
    const locks = sum(done.map(({ locked }) => locked)) + 1;
    return {
      parts: recallAtOnce ? 'I-II' : 'I-IV',
      total,
      ms: Math.round(ms),
      ...count,
      locks,
      messages: messages.locks,
      saved: locks * 3 - messages.locks,
      troubles: troubles.met,
      isExact: isExact(count, { total, done, troubles: troubles.met }),
    };
  } finally {
    for (const worker of workers) await worker[Symbol.asyncDispose]();
  }
}

function worksOf({ brokers, tasksPerBroker, total }: RunOptions, object: string): Work[] {
  const tasks = brokers.names.length * tasksPerBroker;
  const haltsAt = troublesAt(total);
  return brokers.names.flatMap((broker, index) =>
    Array.from({ length: tasksPerBroker }, (_, nth) => {
      const task = index * tasksPerBroker + nth;
      return { broker, object, task, tasks, tasksPerBroker, total, haltsAt };
    }),
  );
}

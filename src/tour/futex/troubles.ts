import { setTimeout } from 'node:timers/promises';

import type { Child } from './child.ts';
import type { Counter } from './counter.ts';
import type { Done, TroublesMet } from './result.ts';
import type { FromWorker } from './worker.ts';

/** How long one of them is stopped. */
const STOPPED_MS = 250;

/** Where in the counting the troubles are. */
export function troublesAt(total: number): number[] {
  return [Math.floor(total / 3), Math.floor((total * 2) / 3)];
}

/** Listens to the tasks. The first that halts is killed, the second stopped for a while: both have the futex then. */
export class Troubles {
  readonly #counter: Counter;
  readonly #signal: AbortSignal;
  #killed: TroublesMet['killed'] | null = null;
  #stopped: TroublesMet['stopped'] | null = null;

  constructor(counter: Counter, signal: AbortSignal) {
    this.#counter = counter;
    this.#signal = signal;
  }

  get met(): TroublesMet {
    const [killed, stopped] = [this.#killed, this.#stopped];
    if (killed === null || stopped === null) throw new Error('nobody was killed, or nobody was stopped');
    return { killed, stopped };
  }

  /** Answers when the task has done counting, one way or the other. */
  async follow(worker: Child<FromWorker>, task: number): Promise<Done> {
    for (;;) {
      const message = await worker.hear();
      if (message === 'ready') continue;
      if (!('halted' in message)) return message;
      const { counted, locked } = message;
      if (this.#killed === null) {
        this.#killed = { task, pid: worker.pid, counted };
        worker.kill('SIGKILL');
        return { counted, locked };
      }
      await this.#stop(worker, task);
    }
  }

  async #stop(worker: Child<FromWorker>, task: number): Promise<void> {
    const stopped = { task, pid: worker.pid, ms: STOPPED_MS, meanwhile: 0 };
    this.#stopped = stopped;
    worker.kill('SIGSTOP');
    await this.#counter.read();
    const before = this.#counter.value;
    await setTimeout(STOPPED_MS, undefined, { signal: this.#signal });
    await this.#counter.read();
    stopped.meanwhile = this.#counter.value - before;
    worker.say('go on');
    worker.kill('SIGCONT');
  }
}

import { Master } from '../../src/pager/master.ts';
import type { MasterOptions } from '../../src/pager/state.ts';
import { CELL } from './cell.ts';
import { ModelKernel } from './model-kernel.ts';
import { ModelStore } from './model-store.ts';
import { pick, seededRandom } from './random.ts';
import type { Random } from './random.ts';

export type Replaced = ConstructorParameters<typeof Master>[1];

const UNIT = 8;
const UNITS = 4;
const CELLS = (UNITS * UNIT) / CELL;
const PAGES = [UNIT, UNIT, UNIT * 2, UNIT / 2];

/** A rule that did not hold; the message begins with its name. */
export class Violation extends Error {}

/**
 * A master, a store and some honest kernels, all messages in FIFO channels, what happens next decided by a seed. Every write is of
 * a number of its own, so that it is known which one a read must see.
 */
export class World {
  readonly #random: Random;
  readonly #master: Master;
  readonly #store: ModelStore;
  readonly #kernels = new Map<number, ModelKernel>();
  readonly #current = new Array<number>(CELLS).fill(0);
  #lastValue = 0;
  #lastKernel = 0;
  #ending = false;
  readonly #jobs = new Set<number>();

  constructor(seed: number, replaced: Replaced, options: Partial<MasterOptions> = {}) {
    this.#random = seededRandom(seed);
    this.#master = new Master({ pageSize: UNIT, size: UNITS * UNIT, ...options }, replaced);
    this.#store = new ModelStore(CELLS, this.#random);
    for (let kernel = 0; kernel < 3; kernel += 1) this.#boot();
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      this.#step();
      this.#check();
    }
    this.#quiesce();
    this.#checkEnd();
  }

  #step(): void {
    const kernel = pick(this.#random, [...this.#kernels.values()]);
    const cell = this.#random.below(CELLS);
    const what = this.#random.below(100);
    if (what < 20) this.#read(kernel, cell);
    else if (what < 45) this.#write(kernel, cell);
    else if (what < 48) kernel.evict(cell);
    else if (what < 68) this.#deliverToPager(kernel);
    else if (what < 88) this.#deliverToKernel(kernel);
    else if (what < 98) this.#storeStep(true);
    else this.#seldom(kernel);
    this.#takeEffects();
  }

  #seldom(kernel: ModelKernel): void {
    const what = this.#random.below(8);
    if (what < 2) this.#jobs.add(this.#master.sync());
    else if (what === 2) this.#jobs.add(this.#master.change(0, UNITS * UNIT));
    else if (what === 3) this.#kill(kernel);
    else if (what === 4) this.#terminate(kernel);
  }

  #read(kernel: ModelKernel, cell: number): void {
    const seen = kernel.read(cell);
    const expected = this.#current[cell];
    if (seen !== null && seen !== expected) {
      throw new Violation(`no stale read: kernel ${kernel.id} read ${seen} in cell ${cell}, ${expected} was written`);
    }
  }

  #write(kernel: ModelKernel, cell: number): void {
    if (!kernel.write(cell, this.#lastValue + 1)) return;
    this.#lastValue += 1;
    this.#current[cell] = this.#lastValue;
  }

  #deliverToPager(kernel: ModelKernel): void {
    const message = kernel.toPager.shift();
    if (message !== undefined) this.#master.receive(kernel.id, message);
  }

  #deliverToKernel(kernel: ModelKernel): void {
    const message = kernel.toKernel.shift();
    if (message !== undefined) kernel.receive(message);
  }

  #storeStep(mayFail: boolean): void {
    const done = this.#store.step(mayFail);
    if (done?.type === 'read') this.#master.readDone(done.id, done.data);
    else if (done?.type === 'write') this.#master.written(done.id, done.ok);
    else if (done?.type === 'flush') this.#master.flushed(done.job, true);
  }

  /** What it sent before is received before its death is acted on (R0.6). */
  #kill(kernel: ModelKernel): void {
    while (kernel.toPager.length > 0) this.#deliverToPager(kernel);
    for (const [cell, returned] of kernel.unreturned(this.#store, this.#master)) this.#current[cell] = returned;
    this.#master.kernelDied(kernel.id);
    this.#kernels.delete(kernel.id);
    this.#boot();
  }

  #terminate(kernel: ModelKernel): void {
    kernel.terminate();
    while (kernel.toPager.length > 0) this.#deliverToPager(kernel);
    this.#kernels.delete(kernel.id);
    this.#boot();
  }

  #boot(): void {
    this.#lastKernel += 1;
    const kernel = new ModelKernel(this.#lastKernel, pick(this.#random, PAGES));
    this.#kernels.set(kernel.id, kernel);
    kernel.toPager.push({ kind: 'memory_object_init', pageSize: kernel.pageSize });
  }

  #takeEffects(): void {
    for (const effect of this.#master.takeEffects()) {
      if (effect.type === 'send') this.#kernels.get(effect.kernel)?.toKernel.push(effect.message);
      else if (effect.type === 'read') this.#store.read(effect);
      else if (effect.type === 'write') this.#store.write(effect);
      else if (effect.type === 'flush') this.#flush(effect.job);
      else if (effect.type === 'done') this.#jobs.delete(effect.job);
      else if (effect.type === 'refused' && effect.kind === 'memory_object_init') {
        throw new Violation(`every kernel is a kernel of its own: ${effect.why}`);
      } else if (effect.type === 'refused' && effect.kind === 'memory_object_data_return') {
        throw new Violation(`no lost write: an honest return was refused: ${effect.why}`);
      }
    }
  }

  /** At the end nobody writes any more: what a `sync` asked for must be in the store when it is told to flush. */
  #flush(job: number): void {
    this.#store.flush(job);
    if (this.#ending) this.#checkStored('a sync waits for the writes');
  }

  #check(): void {
    const kernels = [...this.#kernels.values()];
    for (let cell = 0; cell < CELLS; cell += 1) {
      const having = kernels.filter((kernel) => kernel.has(cell));
      const writing = having.filter((kernel) => kernel.mayWrite(cell));
      if (writing.length > 0 && having.length > 1) {
        throw new Violation(
          `one writer or many readers: cell ${cell} is in kernels ${having.map(({ id }) => id).join()}`,
        );
      }
    }
  }

  #quiesce(): void {
    this.#drain();
    this.#ending = true;
    this.#jobs.add(this.#master.sync());
    this.#takeEffects();
    this.#drain();
  }

  #drain(): void {
    const busy = (): boolean =>
      this.#store.busy || [...this.#kernels.values()].some((one) => one.toPager.length + one.toKernel.length > 0);
    for (let round = 0; busy(); round += 1) {
      if (round > 10_000) throw new Violation('every request ends: messages go on for ever');
      for (const kernel of this.#kernels.values()) {
        this.#deliverToPager(kernel);
        this.#deliverToKernel(kernel);
      }
      if (this.#random.below(3) === 0) this.#storeStep(false);
      this.#takeEffects();
    }
  }

  #checkEnd(): void {
    for (const kernel of this.#kernels.values()) {
      if (kernel.waits) throw new Violation(`every request ends: kernel ${kernel.id} still waits`);
    }
    const { requests, locks, reads, writes } = this.#master.state;
    if (requests.size + locks.size + reads.size + writes.size > 0)
      throw new Violation('every request ends: some are left');
    if (this.#jobs.size > 0) throw new Violation('every request ends: a job is left');
    this.#checkStored('no lost write');
  }

  #checkStored(rule: string): void {
    for (const [cell, value] of this.#current.entries()) {
      const stored = this.#store.cells[cell];
      if (stored === value) continue;
      throw new Violation(`${rule}: cell ${cell} is ${stored} in the store, ${value} was written`);
    }
  }
}

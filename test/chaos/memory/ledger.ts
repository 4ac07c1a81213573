import { writeFileSync } from 'node:fs';
import type { FutexPolicy } from 'easync/pager';
import type { Random } from '../../../src/host/seeded-random.ts';
import { Program } from '../../support/processes.ts';
import { Scratch } from '../../support/scratch.ts';
import { within } from '../../support/until.ts';
import { PAGE } from '../fixtures/record.js';
import type { Access, Death, History, Logged, TaskRecord } from './history.ts';
import { LedgerBroker } from './ledger-broker.ts';
import { LedgerPager } from './ledger-pager.ts';
import { LedgerTask } from './ledger-task.ts';

/** Who takes part. */
export type Plan = {
  brokers: readonly string[];
  /** Of each broker. */
  tasks: number;
  /** Of the one object. */
  pages: number;
  /** What a task runs, in fixtures/. */
  program: string;
  futexes: FutexPolicy;
};

export const MEMORY_PLAN: Plan = {
  brokers: ['west', 'east'],
  tasks: 2,
  pages: 5,
  program: 'ledger-task.js',
  futexes: {},
};

/** How long anything may take that has to come, on a loaded machine. */
export const SOON_MS = 30_000;

/** Some brokers, a pager that serves them all, and tasks that map its one object: each is a process of its own. */
export class Ledger<A extends Logged = Access> implements AsyncDisposable {
  readonly plan: Plan;
  readonly random: Random;
  readonly brokers = new Map<string, LedgerBroker>();
  readonly tasks = new Set<LedgerTask<A>>();
  pager: LedgerPager | undefined;
  readonly deaths: Death[] = [];
  /** Of tasks that have gone. */
  readonly records: TaskRecord<A>[] = [];
  readonly #scratch: Scratch;
  readonly #origin = process.hrtime.bigint();
  #brokersStarted = 0;
  #pagersStarted = 0;
  #tasksStarted = 0;

  private constructor(plan: Plan, random: Random, scratch: Scratch) {
    this.plan = plan;
    this.random = random;
    this.#scratch = scratch;
  }

  static async open<A extends Logged = Access>(random: Random, plan: Plan): Promise<Ledger<A>> {
    const ledger = new Ledger<A>(plan, random, await Scratch.make());
    writeFileSync(ledger.store, new Uint8Array(plan.pages * PAGE));
    const brokers = await Promise.all(plan.brokers.map((name) => ledger.startBroker(name)));
    // Tasks wait until there is a ledger.
    await Promise.all([ledger.startPager(), ...brokers.map((broker) => ledger.startTasks(broker))]);
    return ledger;
  }

  /** Some brokers have room for fewer pages than there are. */
  async startBroker(name: string): Promise<LedgerBroker> {
    const life = `${name} ${(this.#brokersStarted += 1)}`;
    const cachePages = this.random.below(2) === 0 ? Math.max(2, this.plan.pages - 2) : 1_000;
    const socket = this.#scratch.join(`easync/${name}.sock`);
    const broker = await LedgerBroker.start(name, life, { socket, cachePages, env: this.#someEnv() });
    this.brokers.set(name, broker);
    return broker;
  }

  async startPager(): Promise<LedgerPager> {
    const life = (this.#pagersStarted += 1);
    const { brokers, pages, futexes } = this.plan;
    const size = pages * PAGE;
    const readAhead = this.random.below(2) * size;
    const seed = this.random.below(2 ** 31);
    const options = { path: this.store, size, life, seed, readAhead, futexes };
    this.pager = await LedgerPager.start(brokers, options, this.#env);
    return this.pager;
  }

  async startTasks(broker: LedgerBroker): Promise<void> {
    await Promise.all(Array.from({ length: this.plan.tasks }, (_, index) => this.startTask(broker, index)));
  }

  /** The how manieth task of its broker it is says which records it writes. */
  async startTask({ name, life }: LedgerBroker, index: number): Promise<void> {
    const task = (this.#tasksStarted += 1);
    const seed = this.random.below(2 ** 31);
    const path = this.#scratch.join(`task-${task}.log`);
    const { program, tasks, pages } = this.plan;
    const origin = String(this.#origin);
    const options = { program, task, broker: name, index, tasks, pages, seed, path, origin };
    this.tasks.add(await LedgerTask.start<A>(options, life, this.#someEnv()));
  }

  leaves(task: LedgerTask<A>): void {
    this.tasks.delete(task);
    this.records.push(task.record);
  }

  /** Until something is so that has to come. */
  async soon(what: string, condition: () => boolean): Promise<void> {
    if (await within(SOON_MS, condition)) return;
    const doing = [...this.tasks].map((task) => task.doing).join('\n');
    throw new Error(`after ${SOON_MS} ms still not: ${what}; what goes on:\n${doing}`);
  }

  /** As the tasks' logs count time. */
  now(): number {
    return Number(process.hrtime.bigint() - this.#origin);
  }

  get programs(): Program[] {
    const pager = this.pager === undefined ? [] : [this.pager];
    return [...this.brokers.values(), ...pager, ...this.tasks].map(({ program }) => program);
  }

  get history(): History<A> {
    const { records, deaths } = this;
    return { tasks: [...records, ...[...this.tasks].map(({ record }) => record)], deaths };
  }

  /** The pager's file. */
  get store(): string {
    return this.#scratch.join('store');
  }

  get sockets(): string[] {
    return this.#scratch.files.filter((file) => file.startsWith('easync/'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.programs) await program[Symbol.asyncDispose]();
    for (const broker of this.brokers.values()) await broker[Symbol.asyncDispose]();
    for (const task of this.tasks) task.close();
    await this.#scratch[Symbol.asyncDispose]();
  }

  get #env(): Record<string, string> {
    return { XDG_RUNTIME_DIR: this.#scratch.path, TMPDIR: this.#scratch.path };
  }

  /** Every other process goes without koffi, whatever those have that it shares memory with. */
  #someEnv(): Record<string, string> {
    return { ...this.#env, ...(this.random.below(2) === 0 && { EASYNC_NATIVE: '0' }) };
  }
}

import type { Code, ErrorCode } from '../../errors.ts';
import type { PortId, TaskId } from '../../kernel/index.ts';
import type { Limits } from '../../limits.ts';
import { SleepQueues } from '../../sleep/index.ts';
import type { ObjectId } from '../../vm/types.ts';
import { type Ident, Idents, type Key } from './idents.ts';
import { InterestTable } from './interest-table.ts';
import { Unanswered } from './unanswered.ts';
import { OtherKernels, type PagerSide, type Place } from './other-kernels.ts';

/** A sleeper of a task, which has its own number for it. */
type Sleeper = { readonly task: TaskId; readonly number: number };

export type SleepHost = PagerSide & {
  /** Tells a task which of its sleepers were woken. */
  woken(task: TaskId, sleepers: number[]): void;
  /** Whether the task maps the word somewhere, and may read it. */
  reaches(task: TaskId, word: { readonly object: ObjectId; readonly offset: number }): boolean;
};

type Answer = (code: Code) => void;

/**
 * Who sleeps on what tasks share: ports, and words of memory objects (lwkt.md §2). Every sleeper and every other kernel that has some
 * counts in the interest table before anybody relies on it, so a task that finds 0 there need not say that it wakes.
 */
export class Sleeps {
  readonly others: OtherKernels;
  readonly #limits: Pick<Limits, 'sleepers' | 'idents'>;
  readonly #host: SleepHost;
  readonly #idents = new Idents();
  readonly #queues = new SleepQueues<Ident, Sleeper>();
  readonly #sleepers = new Map<TaskId, Map<number, Sleeper>>();
  /** What tasks have asked that a pager has to be told, or to answer. */
  readonly #unanswered: Unanswered;
  #table: InterestTable | null = null;

  constructor(limits: Pick<Limits, 'sleepers' | 'idents'>, host: SleepHost) {
    this.#limits = limits;
    this.#host = host;
    this.others = new OtherKernels(host);
    this.#unanswered = new Unanswered(limits.sleepers);
  }

  /** `KERN_RESOURCE_SHORTAGE`: the task has `limits.idents` open. */
  open(task: TaskId, key: Key): { ident: number; word: number; fd: number } | { code: ErrorCode } {
    const known = this.#idents.find(key);
    const isNew = known === undefined || this.#idents.of(task, known.id) === undefined;
    if (isNew && this.#idents.countOf(task) >= this.#limits.idents) return { code: 'KERN_RESOURCE_SHORTAGE' };
    const ident = this.#idents.open(task, key);
    if (known === undefined && 'object' in key) this.#count(ident, this.others.interestIn(key));
    return { ident: ident.id, word: this.#interest.positionOf(ident.id), fd: this.#interest.fd };
  }

  /** The task needs the ident no more, as often as it has opened it. */
  forget(task: TaskId, id: number): Code {
    const ident = this.#idents.of(task, id);
    if (ident === undefined) return 'KERN_INVALID_ARGUMENT';
    if (!this.#idents.close(task, ident)) return 0;
    const there = this.#sleepersOf(task).filter((sleeper) => this.#queues.identOf(sleeper) === ident);
    for (const sleeper of there) this.#remove(sleeper);
    this.#tell(there);
    this.#closed(ident);
    return 0;
  }

  /** Answers when no wakeup can pass the sleeper by (§2.6). It is taken out of where the task had it before (§2.2). */
  prepare(
    task: TaskId,
    { ident: id, sleeper: number, domain, asleep }: { ident: number; sleeper: number; domain: number; asleep: boolean },
    answer: Answer,
  ): void {
    this.remove(task, number);
    const ident = this.#idents.of(task, id);
    if (ident === undefined) return answer('KERN_INVALID_ARGUMENT');
    if (ident.dead !== null) return answer(ident.dead);
    if (!this.#isReached(task, ident)) return answer('KERN_INVALID_ADDRESS');
    const own = this.#sleepers.get(task) ?? new Map<number, Sleeper>();
    if (own.size >= this.#limits.sleepers) return answer('KERN_RESOURCE_SHORTAGE');
    if ('object' in ident.key && !this.#unanswered.begins(task)) return answer('KERN_RESOURCE_SHORTAGE');
    const sleeper = { task, number };
    this.#sleepers.set(task, own.set(number, sleeper));
    this.#queues.prepare(sleeper, ident, domain);
    if (asleep) this.#queues.asleep(sleeper);
    this.#count(ident, 1);
    if (!('object' in ident.key)) return answer(0);
    ident.domains.add(domain);
    this.others.listen({ ...ident.key, domain }, (code) => {
      this.#unanswered.ended(task);
      if (code !== 0) this.#remove(sleeper);
      if (ident.tasks === 0) this.#ignore(ident);
      answer(code);
    });
  }

  /** The task has less of these than before: who of it sleeps on a word that it has no more is woken, and looks for itself. */
  narrowed(task: TaskId, objects: ReadonlySet<ObjectId>): void {
    const stranded = this.#sleepersOf(task).filter((sleeper) => {
      const ident = this.#queues.identOf(sleeper);
      const isOfThese = ident !== undefined && 'object' in ident.key && objects.has(ident.key.object);
      return isOfThese && !this.#isReached(task, ident);
    });
    for (const sleeper of stranded) this.#remove(sleeper);
    this.#tell(stranded);
  }

  /** From now on a wakeup of one counts with it. One that was woken on the way is not there any more, and hears of that. */
  asleep(task: TaskId, number: number): void {
    const sleeper = this.#sleepers.get(task)?.get(number);
    if (sleeper !== undefined) this.#queues.asleep(sleeper);
  }

  remove(task: TaskId, number: number): void {
    const sleeper = this.#sleepers.get(task)?.get(number);
    if (sleeper !== undefined) this.#remove(sleeper);
  }

  /** Wakes all of the domain, or one, of this kernel and of others. Answers when those who have to know have been told. */
  wakeup(
    task: TaskId,
    { ident: id, domain, one }: { ident: number; domain: number; one: boolean },
    answer: Answer,
  ): void {
    const ident = this.#idents.of(task, id);
    if (ident === undefined) return answer('KERN_INVALID_ARGUMENT');
    const { isEnough } = this.#wake(ident, domain, one);
    if (isEnough || !('object' in ident.key)) return answer(0);
    if (!this.#unanswered.begins(task)) return answer('KERN_RESOURCE_SHORTAGE');
    return this.others.wakeup({ ...ident.key, domain }, one, (code) => {
      this.#unanswered.ended(task);
      answer(code);
    });
  }

  /** A wakeup by a task of another kernel. `sleeps`: the next is to come here, too. It found somebody, who may well come back. */
  wokenElsewhere({ domain, ...word }: Place, one: boolean): { woke: boolean; sleeps: boolean } {
    const ident = this.#idents.find(word);
    if (ident === undefined) return { woke: false, sleeps: false };
    const { woken, isEnough } = this.#wake(ident, domain, one);
    return { woke: one ? isEnough : woken.length > 0, sleeps: woken.length > 0 };
  }

  /** Tasks of other kernels sleep there, or do not any more. */
  interest(place: Place, isOn: boolean): void {
    const by = this.others.setInterest(place, isOn);
    const ident = this.#idents.find({ object: place.object, offset: place.offset });
    if (ident !== undefined) this.#count(ident, by);
  }

  /** The same of all words of an object, in any domain. */
  interestEverywhere(object: ObjectId): void {
    this.others.interestEverywhere(object);
    for (const ident of this.#idents.on(object)) this.#count(ident, 1);
  }

  /** Nobody would ever wake who sleeps there: all are woken, and find out when they look again. */
  objectOver(object: ObjectId): void {
    for (const ident of this.#idents.on(object)) this.#end(ident, 'KERN_MEMORY_ERROR');
    this.others.over(object);
  }

  portDied(port: PortId): void {
    const ident = this.#idents.find({ port });
    if (ident !== undefined) this.#end(ident, 'MACH_SEND_INVALID_DEST');
  }

  taskEnded(task: TaskId): void {
    for (const sleeper of this.#sleepersOf(task)) this.#remove(sleeper);
    for (const ident of this.#idents.closeAll(task)) this.#closed(ident);
  }

  /** Everybody, by what they wait for. */
  inspect(): { ident: Key; sleepers: { task: TaskId; domain: number; asleep: boolean }[] }[] {
    const by = new Map<Ident, { task: TaskId; domain: number; asleep: boolean }[]>();
    for (const { ident, sleeper, domain, isAsleep } of this.#queues.entries()) {
      by.set(ident, [...(by.get(ident) ?? []), { task: sleeper.task, domain, asleep: isAsleep }]);
    }
    return [...by].map(([{ key }, sleepers]) => ({ ident: key, sleepers }));
  }

  /** How many sleepers of the task are in a queue. */
  countOf(task: TaskId): number {
    return this.#sleepers.get(task)?.size ?? 0;
  }

  /** How many idents the task has. */
  identsOf(task: TaskId): number {
    return this.#idents.countOf(task);
  }

  [Symbol.dispose](): void {
    this.#table?.[Symbol.dispose]();
  }

  get #interest(): InterestTable {
    return (this.#table ??= new InterestTable());
  }

  #count(ident: Ident, by: number): void {
    this.#interest.add(ident.id, by);
  }

  #isReached(task: TaskId, { key }: Ident): boolean {
    return !('object' in key) || this.#host.reaches(task, key);
  }

  #sleepersOf(task: TaskId): Sleeper[] {
    return [...(this.#sleepers.get(task)?.values() ?? [])];
  }

  #wake(ident: Ident, domain: number, one: boolean): { woken: Sleeper[]; isEnough: boolean } {
    const result = one
      ? this.#queues.wakeupOne(ident, domain)
      : { woken: this.#queues.wakeup(ident, domain), isEnough: false };
    this.#left(ident, result.woken);
    this.#tell(result.woken);
    return result;
  }

  #end(ident: Ident, code: ErrorCode): void {
    const woken = this.#queues.end(ident);
    this.#left(ident, woken);
    if ('object' in ident.key) this.#count(ident, -this.others.interestIn(ident.key));
    this.#idents.end(ident, code);
    this.#tell(woken);
  }

  /** A task has its number no more. */
  #closed(ident: Ident): void {
    if (ident.tasks > 0 || ident.dead !== null || !('object' in ident.key)) return;
    this.#count(ident, -this.others.interestIn(ident.key));
    this.#ignore(ident);
  }

  /** Pagers and the memory machine keep a record of each place that is listened at. */
  #ignore({ key, domains }: Ident): void {
    // Somebody may have opened it anew, before the pager had answered whoever was first.
    if (!('object' in key) || this.#idents.find(key) !== undefined) return;
    for (const domain of domains) this.#host.ignore({ ...key, domain });
  }

  #remove(sleeper: Sleeper): void {
    const ident = this.#queues.identOf(sleeper);
    this.#queues.remove(sleeper);
    if (ident !== undefined) this.#left(ident, [sleeper]);
  }

  /** They are in no queue any more. */
  #left(ident: Ident, sleepers: readonly Sleeper[]): void {
    this.#count(ident, -sleepers.length);
    for (const { task, number } of sleepers) {
      const own = this.#sleepers.get(task);
      own?.delete(number);
      if (own?.size === 0) this.#sleepers.delete(task);
    }
  }

  #tell(woken: readonly Sleeper[]): void {
    const numbers = new Map<TaskId, number[]>();
    for (const { task, number } of woken) {
      const those = numbers.get(task);
      if (those === undefined) numbers.set(task, [number]);
      else those.push(number);
    }
    for (const [task, those] of numbers) this.#host.woken(task, those);
  }
}

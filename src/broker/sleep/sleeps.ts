import type { Code, ErrorCode } from '../../errors.ts';
import type { PortId, TaskId } from '../../kernel/index.ts';
import type { Limits } from '../../limits.ts';
import type { ObjectId } from '../../vm/types.ts';
import { type Ident, Idents, type Key } from './idents.ts';
import { InterestTable } from './interest-table.ts';
import { OtherKernels, type PagerSide, type Place } from './other-kernels.ts';
import { Sleepers, type SleepersHost } from './sleepers.ts';
import { Unanswered } from './unanswered.ts';

export type SleepHost = PagerSide &
  Pick<SleepersHost, 'woken'> & {
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
  readonly #sleepers: Sleepers;
  /** What tasks have asked that a pager has to be told, or to answer. */
  readonly #unanswered: Unanswered;
  #table: InterestTable | null = null;

  constructor(limits: Pick<Limits, 'sleepers' | 'idents'>, host: SleepHost) {
    this.#limits = limits;
    this.#host = host;
    this.others = new OtherKernels(host);
    this.#sleepers = new Sleepers({
      count: (ident, by) => this.#count(ident, by),
      woken: (task, sleepers) => host.woken(task, sleepers),
    });
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
    this.#sleepers.wakeOf(task, (one) => one === ident);
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
    if (this.countOf(task) >= this.#limits.sleepers) return answer('KERN_RESOURCE_SHORTAGE');
    if ('object' in ident.key && !this.#unanswered.begins(task)) return answer('KERN_RESOURCE_SHORTAGE');
    const remove = this.#sleepers.enter(task, number, ident, domain);
    if (asleep) this.#sleepers.asleep(task, number);
    if (!('object' in ident.key)) return answer(0);
    ident.domains.add(domain);
    this.others.listen(placeOf(ident.key, domain), (code) => {
      this.#unanswered.ended(task);
      if (code !== 0) remove();
      if (ident.tasks === 0) this.#ignore(ident);
      answer(code);
    });
  }

  /** The task has less of these than before: who of it sleeps on a word that it has no more is woken, and looks for itself. */
  narrowed(task: TaskId, objects: ReadonlySet<ObjectId>): void {
    this.#sleepers.wakeOf(task, (ident) => {
      const isOfThese = 'object' in ident.key && objects.has(ident.key.object);
      return isOfThese && !this.#isReached(task, ident);
    });
  }

  /** From now on a wakeup of one counts with it. One that was woken on the way is not there any more, and hears of that. */
  asleep(task: TaskId, number: number): void {
    this.#sleepers.asleep(task, number);
  }

  remove(task: TaskId, number: number): void {
    this.#sleepers.remove(task, number);
  }

  /** Wakes all of the domain, or one, of this kernel and of others. Answers when those who have to know have been told. */
  wakeup(
    task: TaskId,
    { ident: id, domain, one }: { ident: number; domain: number; one: boolean },
    answer: Answer,
  ): void {
    const ident = this.#idents.of(task, id);
    if (ident === undefined) return answer('KERN_INVALID_ARGUMENT');
    const { isEnough } = this.#sleepers.wake(ident, domain, one);
    if (isEnough || !('object' in ident.key)) return answer(0);
    if (!this.#unanswered.begins(task)) return answer('KERN_RESOURCE_SHORTAGE');
    return this.others.wakeup(placeOf(ident.key, domain), one, (code) => {
      this.#unanswered.ended(task);
      answer(code);
    });
  }

  /** A wakeup by a task of another kernel. `sleeps`: the next is to come here, too. It found somebody, who may well come back. */
  wokenElsewhere({ domain, ...word }: Place, one: boolean): { woke: boolean; sleeps: boolean } {
    const ident = this.#idents.find(word);
    if (ident === undefined) return { woke: false, sleeps: false };
    const { woken, isEnough } = this.#sleepers.wake(ident, domain, one);
    return { woke: one ? isEnough : woken > 0, sleeps: woken > 0 };
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
    this.#sleepers.removeAll(task);
    for (const ident of this.#idents.closeAll(task)) this.#closed(ident);
  }

  /** Everybody, by what they wait for. */
  inspect(): ReturnType<Sleepers['inspect']> {
    return this.#sleepers.inspect();
  }

  /** How many sleepers of the task are in a queue. */
  countOf(task: TaskId): number {
    return this.#sleepers.countOf(task);
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

  #end(ident: Ident, code: ErrorCode): void {
    if ('object' in ident.key) this.#count(ident, -this.others.interestIn(ident.key));
    this.#idents.end(ident, code);
    this.#sleepers.wakeAll(ident);
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
}

function placeOf({ object, offset }: { object: ObjectId; offset: number }, domain: number): Place {
  return { object, offset, domain };
}

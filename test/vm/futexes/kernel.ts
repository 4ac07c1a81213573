import type { Code } from '../../../src/errors.ts';
import { FREE, ownedBy } from '../../../src/lock/index.ts';
import type { Effect, ObjectId, TaskId, ToPager } from '../../../src/vm/index.ts';
import { Vm } from '../../../src/vm/index.ts';
import type { Xp } from '../../../src/wire/index.ts';
import type { FromPager } from '../../../src/vm/types.ts';
import { FutexWords, LIMITS, PAGE, type Replaced } from '../harness.ts';

export type Call = { task: TaskId; word: number; kind: 'lock' | 'wait' | 'other'; code: Code | 'waiting' };
export type Held = { word: number; gen: number; isFenced: boolean };

/** What all kernels see of the pages: they are coherent, which is no matter here. */
export type Values = Map<number, number>;

/** A kernel whose tasks map one object of a pager that lives elsewhere, word by word, and use its futexes. */
export class Kernel {
  readonly vm: Vm;
  readonly words = new FutexWords();
  /** Another one after the last was forgotten. */
  object: ObjectId;
  /** What it has said to the pager, and what the pager has said to it, and has not been heard. */
  readonly toPager: Xp[] = [];
  readonly fromPager: { life: number; message: FromPager }[] = [];
  /** It has a control port of its own for each: what comes for an older one is heard by nobody. */
  life = 0;
  readonly calls = new Map<number, Call>();
  /** What each task thinks that it has. */
  readonly held = new Map<TaskId, Held[]>();
  readonly maps = new Map<TaskId, number>();
  isDead = false;
  readonly #values: Values;
  readonly #stores = new Map<number, number>();
  #nextCall = 1;

  constructor(values: Values, hasWords: boolean, replaced: Replaced) {
    this.vm = new Vm({ ...LIMITS, cachePages: 8 }, replaced, undefined, this.words);
    this.words.areThere = hasWords;
    this.#values = values;
    this.object = this.vm.createObject();
  }

  map(task: TaskId): void {
    const mapping = { address: 0, size: 2 * PAGE, mask: 0, anywhere: true, object: this.object, offset: 0 };
    const { address } = this.vm.map(task, 0, { ...mapping, copy: false, protection: 7, maximum: 7 });
    this.maps.set(task, address);
    this.settle();
  }

  unmap(task: TaskId): void {
    this.vm.deallocate(task, { address: this.maps.get(task) ?? 0, size: 2 * PAGE });
    this.maps.delete(task);
    this.held.delete(task);
    this.settle();
  }

  die(task: TaskId): void {
    for (const [id, call] of this.calls) if (call.task === task) this.calls.delete(id);
    this.maps.delete(task);
    this.held.delete(task);
    this.vm.taskEnded(task);
    this.settle();
  }

  lock(task: TaskId, word: number, noQueue: boolean): number {
    return this.#call(task, word, 'lock', (call, at) => this.vm.futexes.lock(task, call, at, noQueue).code);
  }

  wait(task: TaskId, word: number, value: number): number {
    const what = { v1: value, v2: 0, quad: false, shared: true };
    return this.#call(task, word, 'wait', (call, at) => this.vm.futexes.wait(task, call, at, what).code);
  }

  /** With a value: stored by the kernel, in the same step. */
  wake(task: TaskId, word: number, all: boolean, value: number | null): void {
    const what = { all, shared: true, mutates: value !== null };
    this.#call(task, word, 'other', (call, at) => {
      if (value !== null) this.#stores.set(call, value);
      return this.vm.futexes.wake(task, call, at, what).code;
    });
  }

  requeue(task: TaskId, word: number, all: boolean, wakeOne: boolean): void {
    const to = (this.maps.get(task) ?? 0) + (1 - word) * PAGE;
    const what = { all, wakeOne, shared: true };
    this.#call(task, word, 'other', (call, source) => {
      return this.vm.futexes.requeue(task, call, { source, target: to }, what).code;
    });
  }

  /** By the word, as a task does that knows where it is. */
  take(task: TaskId, word: number): boolean {
    const cell = this.words.cell(this.object, word * PAGE);
    if (!this.maps.has(task) || cell.value !== FREE) return false;
    cell.value = ownedBy(task);
    this.#has(task, word, cell.gen);
    return true;
  }

  /** Also by the word, if that is enough. */
  unlock(task: TaskId, held: Held): Code {
    const cell = this.words.cell(this.object, held.word * PAGE);
    const others = (this.held.get(task) ?? []).filter((one) => one !== held);
    this.held.set(task, others);
    if (this.words.areThere && cell.gen === held.gen && cell.value === ownedBy(task)) {
      cell.value = FREE;
      return 0;
    }
    const { code } = this.vm.futexes.unlock(task, this.#at(task, held.word), held.gen);
    this.settle();
    return code;
  }

  consistent(task: TaskId, held: Held): Code {
    const { code } = this.vm.futexes.consistent(task, this.#at(task, held.word), held.gen);
    this.settle();
    return code;
  }

  cancel(id: number, isLate: boolean): void {
    const call = this.calls.get(id);
    if (call === undefined) return;
    if (isLate) this.vm.futexes.timedOut(id);
    else {
      this.vm.cancel(id);
      call.code = 'KERN_INTERRUPTED';
    }
    this.settle();
  }

  hear(message: FromPager): void {
    this.vm.receive(this.object, message);
    this.settle();
  }

  settle(): void {
    for (let effects = this.vm.takeEffects(); effects.length > 0; effects = this.vm.takeEffects()) {
      for (const effect of effects) this.#carryOut(effect);
    }
  }

  #at(task: TaskId, word: number): number {
    return (this.maps.get(task) ?? 0) + word * PAGE;
  }

  #call(task: TaskId, word: number, kind: Call['kind'], begin: (call: number, at: number) => Code | 'waiting'): number {
    const id = this.#nextCall;
    this.#nextCall += 1;
    const call: Call = { task, word, kind, code: 'waiting' };
    this.calls.set(id, call);
    const code = begin(id, this.#at(task, word));
    this.settle();
    if (code !== 'waiting') call.code = code;
    return id;
  }

  #has(task: TaskId, word: number, gen: number): void {
    this.held.set(task, [...(this.held.get(task) ?? []), { word, gen, isFenced: false }]);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        if (effect.message.kind === 'memory_object_init') this.life += 1;
        return void this.toPager.push(this.#carried(effect.message));
      case 'revoke':
        return this.vm.revoked(effect.object, effect.page, false);
      case 'transfer':
        return void this.#values.set(effect.page, this.#stores.get(effect.call) ?? 0);
      case 'compare':
        return this.vm.futexes.compared(effect.call, (this.#values.get(effect.page) ?? 0) === effect.v1);
      case 'locked': {
        const call = this.calls.get(effect.call);
        if (call !== undefined) this.#has(call.task, call.word, effect.gen);
        return;
      }
      case 'done': {
        const call = this.calls.get(effect.call);
        if (call !== undefined) call.code = effect.code;
        return;
      }
      case 'forget':
        this.object = this.vm.createObject();
        return;
      default:
    }
  }

  #carried(message: ToPager): Xp {
    if (message.kind !== 'memory_object_data_return') return message as Xp;
    return { ...message, data: new Uint8Array(message.length) } as Xp;
  }
}

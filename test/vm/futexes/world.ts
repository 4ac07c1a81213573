import { strict as assert } from 'node:assert';
import { FutexMasters, isAboutFutex } from '../../../src/pager/futex-masters.ts';
import { type KernelXpKind, VM_PROT, type Xp } from '../../../src/wire/index.ts';
import type { FromPager } from '../../../src/vm/types.ts';
import { PAGE, type Replaced } from '../harness.ts';
import { type Held, Kernel, type Values } from './kernel.ts';

export type Step = { op: (typeof OPS)[number]; kernel: number; task: number; word: number; pick: number };

/** Likelier ones several times. */
export const OPS = [
  ...(['lock', 'lock', 'lock', 'try', 'take', 'take', 'unlock', 'unlock', 'unlock'] as const),
  ...(['pager', 'pager', 'pager', 'pager', 'hear', 'hear', 'hear', 'hear'] as const),
  ...(['map', 'unmap', 'die', 'cancel', 'late', 'evict', 'expire', 'wait', 'wait', 'wake', 'wake', 'requeue'] as const),
  ...(['kernelDies', 'repair'] as const),
] as const;

/**
 * Kernels whose tasks use the futexes of one object, and its pager: both shipped machines, whatever comes in whatever order. Nobody has
 * what another has, and everybody who waits is told in the end.
 */
export class World {
  readonly kernels: Kernel[];
  readonly #masters: FutexMasters;
  readonly #values: Values = new Map();
  /** Words that an owner may have left broken. */
  readonly #spoiled = new Set<number>();
  readonly #budgetMs: number;
  readonly #lives = new Map<number, number>();
  #stored = 0;

  constructor(options: {
    kernels: number;
    words: boolean;
    recallsAtOnce: boolean;
    budgetMs: number;
    replaced: Replaced;
  }) {
    const { kernels, words, recallsAtOnce, budgetMs, replaced } = options;
    this.#budgetMs = budgetMs;
    this.#masters = new FutexMasters({ recallsAtOnce, budgetMs });
    this.kernels = Array.from({ length: kernels }, () => new Kernel(this.#values, words, replaced));
  }

  run({ op, kernel: k, task: t, word, pick }: Step): void {
    const kernel = this.kernels[k % this.kernels.length];
    const task = t + 1;
    if (kernel === undefined || kernel.isDead) return;
    if (!kernel.maps.has(task) && op !== 'pager' && op !== 'hear') kernel.map(task);
    const held = kernel.held.get(task) ?? [];
    const own = held[pick % Math.max(1, held.length)];
    switch (op) {
      case 'lock':
      case 'try':
        kernel.lock(task, word, op === 'try');
        break;
      case 'take':
        kernel.take(task, word);
        break;
      case 'unlock':
        if (own !== undefined) this.#unlock(kernel, task, own);
        break;
      case 'repair':
        if (own !== undefined) this.#repair(kernel, task, own);
        break;
      case 'pager':
        this.#pager(k % this.kernels.length);
        break;
      case 'hear':
        this.#hear(kernel);
        break;
      case 'unmap':
        this.#spoil(held);
        kernel.unmap(task);
        break;
      case 'die':
        this.#spoil(held);
        kernel.die(task);
        break;
      case 'cancel':
      case 'late':
        this.#cancel(kernel, pick, op === 'late');
        break;
      case 'evict':
        kernel.vm.evict(kernel.object, word);
        kernel.settle();
        break;
      case 'expire':
        this.#expire(word);
        break;
      case 'wait':
        kernel.wait(task, word, pick % 3 === 0 ? this.#stored + 1 : (this.#values.get(word) ?? 0));
        break;
      case 'wake':
        this.#stored += 1;
        if (pick % 2 === 0) this.#values.set(word, this.#stored);
        kernel.wake(task, word, pick % 3 === 0, pick % 2 === 0 ? null : this.#stored);
        break;
      case 'requeue':
        kernel.requeue(task, word, pick % 2 === 0, pick % 3 === 0);
        break;
      case 'kernelDies':
        if (pick === 0) this.#kernelDies(k % this.kernels.length);
        break;
      default:
    }
    this.#check();
  }

  /** Everybody unlocks, and hears what there is: nobody is left waiting, and nothing is left behind. */
  finish(): void {
    this.#quiesce();
    const live = this.kernels.filter(({ isDead }) => !isDead);
    for (const kernel of live) {
      for (const call of kernel.calls.values()) {
        assert.ok(call.kind === 'wait' || call.code !== 'waiting', `task ${call.task} waits for word ${call.word}`);
      }
    }
    // All sleepers are found, wherever they are.
    const [waker] = live;
    for (const word of [0, 1]) {
      if (waker === undefined) break;
      if (!waker.maps.has(1)) waker.map(1);
      this.#stored += 1;
      this.#values.set(word, this.#stored);
      waker.wake(1, word, true, null);
    }
    this.#quiesce();
    for (const kernel of live) {
      for (const call of kernel.calls.values())
        assert.notEqual(call.code, 'waiting', `task ${call.task} sleeps for ever`);
      for (const task of [...kernel.maps.keys()]) kernel.unmap(task);
    }
    this.#quiesce();
    // What a kernel may keep though nobody maps it, it keeps with its futexes.
    const uncached = { reqId: 0, mayCache: false, copyStrategy: 0 };
    for (const kernel of live) kernel.hear({ kind: 'memory_object_change_attributes', ...uncached });
    this.#quiesce();
    for (const kernel of live) assert.deepEqual(kernel.vm.inspect().futexes, []);
    for (const { master, wakes } of this.#masters.state.records.values()) {
      assert.notEqual(master.condition, 0);
      assert.deepEqual([master.holder, master.queue, wakes.sleepers, wakes.looking], [null, [], [], []]);
    }
  }

  #quiesce(): void {
    for (let busy = true; busy;) {
      busy = false;
      for (const [index, kernel] of this.kernels.entries()) {
        if (kernel.isDead) continue;
        while (kernel.toPager.length > 0 || kernel.fromPager.length > 0) {
          busy = true;
          this.#pager(index);
          this.#hear(kernel);
        }
        for (const [task, held] of kernel.held) {
          const [one] = held;
          if (one === undefined) continue;
          busy = true;
          this.#unlock(kernel, task, one);
        }
      }
      this.#check();
    }
  }

  /** At most one of those who think that they have a word, and have not been told otherwise, is alive, and it has the newest grant. */
  #check(): void {
    for (const word of [0, 1]) {
      const owners = this.kernels
        .filter(({ isDead }) => !isDead)
        .flatMap((kernel) => [...kernel.held].flatMap(([task, held]) => held.map((one) => ({ kernel, task, ...one }))))
        .filter((one) => one.word === word && !this.#isFenced(one));
      assert.ok(
        owners.length <= 1,
        `${owners.length} have word ${word}: ${owners.map(({ task, gen }) => `${task}@${gen}`).join()}`,
      );
    }
  }

  /** A pager that revokes has given the word away: who had it may not know yet, but what it does with it is refused. */
  #isFenced({ word, gen }: Held): boolean {
    return this.#budgetMs > 0 && !this.#masters.holds(word * PAGE, BigInt(gen));
  }

  #unlock(kernel: Kernel, task: number, held: Held): void {
    const isStale = this.#isFenced(held);
    const code = kernel.unlock(task, held);
    // It is told once: its lock call may have been told instead.
    assert.ok(code === 0 || (isStale && (code === 'EFENCED' || code === 'EPERM')), `unlock: ${code}`);
  }

  #repair(kernel: Kernel, task: number, held: Held): void {
    const isStale = this.#isFenced(held);
    const code = kernel.consistent(task, held);
    if (code === 'EFENCED')
      kernel.held.set(
        task,
        (kernel.held.get(task) ?? []).filter((one) => one !== held),
      );
    assert.ok(
      code === 'EINVAL' ||
        (isStale && (code === 'EFENCED' || code === 'EPERM')) ||
        (code === 0 && this.#spoiled.has(held.word)),
      `consistent: ${code}`,
    );
  }

  #cancel(kernel: Kernel, pick: number, isLate: boolean): void {
    const waiting = [...kernel.calls].filter(([, { code }]) => code === 'waiting');
    const [id] = waiting[pick % Math.max(1, waiting.length)] ?? [];
    if (id !== undefined) kernel.cancel(id, isLate);
  }

  #expire(word: number): void {
    const due = this.#masters.state.records.get(word * PAGE)?.dueGen ?? 0;
    if (due === 0) return;
    this.#spoiled.add(word);
    this.#masters.expired(word * PAGE, due);
    this.#deliver();
  }

  #kernelDies(index: number): void {
    const kernel = this.kernels[index];
    if (kernel === undefined) return;
    // What it said before its death is heard first (R0.6).
    while (kernel.toPager.length > 0) this.#pager(index);
    kernel.isDead = true;
    for (const word of [0, 1]) this.#spoiled.add(word);
    this.#masters.leave(index);
    this.#deliver();
  }

  #spoil(held: readonly Held[]): void {
    for (const { word } of held) this.#spoiled.add(word);
  }

  #hear(kernel: Kernel): void {
    const next = kernel.fromPager.shift();
    if (next?.life === kernel.life) kernel.hear(next.message);
  }

  #pager(index: number): void {
    const kernel = this.kernels[index];
    const message = kernel?.toPager.shift() as Xp<KernelXpKind> | undefined;
    if (kernel === undefined || message === undefined) return;
    if (isAboutFutex(message)) this.#masters.receive(index, message);
    else if (message.kind === 'memory_object_init') {
      this.#lives.set(index, (this.#lives.get(index) ?? 0) + 1);
      this.#say(index, { kind: 'memory_object_ready', mayCache: index === 1, copyStrategy: 0 });
    } else if (message.kind === 'memory_object_terminate') {
      this.#masters.leave(index);
    } else if (message.kind === 'memory_object_data_request') {
      const { reqId, offset } = message;
      const supply = { replyId: 0, lock: VM_PROT.NONE, precious: false, gen: 0, data: new Uint8Array(PAGE) };
      this.#say(index, { kind: 'memory_object_data_supply', reqId, offset, ...supply });
    }
    this.#deliver();
  }

  #say(index: number, message: FromPager): void {
    this.kernels[index]?.fromPager.push({ life: this.#lives.get(index) ?? 0, message });
  }

  #deliver(): void {
    for (const effect of this.#masters.takeEffects()) {
      if (effect.type === 'refused') assert.ok(this.#budgetMs > 0, `refused: ${effect.kind}: ${effect.why}`);
      if (effect.type === 'send') this.#say(effect.kernel, effect.message as FromPager);
    }
  }
}

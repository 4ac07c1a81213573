import { expect, test } from 'vitest';
import { FutexMasters } from '../../../src/pager/futex-masters.ts';
import type { FutexFromKernel, FutexToKernel } from '../../../src/pager/futex-state.ts';
import { pick, type Random, seededRandom } from '../random.ts';

const OFFSETS = [0, 4, 4096];
const HOSTILE = 3;
const FIRST = Number(process.env['EASYNC_SEED'] ?? 1);
const SEEDS = Number(process.env['EASYNC_PAGER_WORLDS'] ?? 40);

/** A kernel that keeps the rules: its channels are FIFO, and it gives back what is recalled. */
class Honest {
  readonly toPager: FutexFromKernel[] = [];
  readonly toKernel: FutexToKernel[] = [];
  readonly asked = new Map<number, number>();
  readonly held = new Map<number, { gen: number; recalled: boolean }>();
  answers = 0;
  #reqId = 0;

  act(random: Random): void {
    const offset = pick(random, OFFSETS);
    const held = this.held.get(offset);
    if (held !== undefined && (held.recalled || random.below(3) === 0)) this.#release(offset, held.gen);
    else if (held === undefined && !this.asked.has(offset)) {
      this.#reqId += 1;
      this.asked.set(offset, this.#reqId);
      this.toPager.push({ kind: 'memory_object_lock_futex', reqId: this.#reqId, offset, flags: random.below(2) });
    } else if (held === undefined && random.below(4) === 0) {
      this.toPager.push({ kind: 'memory_object_cancel_futex', reqId: this.asked.get(offset) ?? 0, offset });
    }
  }

  hear(): void {
    const message = this.toKernel.shift();
    if (message === undefined) return;
    const { offset } = message;
    if (message.kind === 'memory_object_futex_granted' || message.kind === 'memory_object_futex_failed') {
      must(this.asked.get(offset) === message.reqId, 'each request has one answer');
      this.asked.delete(offset);
      this.answers += 1;
    }
    if (message.kind === 'memory_object_futex_granted') {
      must(!this.held.has(offset), 'a grant is made once');
      this.held.set(offset, { gen: message.gen, recalled: message.recall });
    } else if (message.kind === 'memory_object_relinquish_futex') {
      const held = this.held.get(offset);
      if (held?.gen === message.gen) held.recalled = true;
    }
  }

  #release(offset: number, gen: number): void {
    this.held.delete(offset);
    this.toPager.push({ kind: 'memory_object_futex_released', offset, gen, state: 0 });
  }
}

/** Anything, mostly about what there is. */
function nonsense(random: Random, gen: number): FutexFromKernel {
  const offset = random.below(4) === 0 ? random.below(2 ** 31) : pick(random, OFFSETS);
  const reqId = random.below(6);
  const yes = random.below(2) === 0;
  return pick<FutexFromKernel>(random, [
    { kind: 'memory_object_lock_futex', reqId, offset, flags: random.below(256) },
    { kind: 'memory_object_cancel_futex', reqId, offset },
    { kind: 'memory_object_futex_released', offset, gen: gen - random.below(3), state: random.below(2) * 3 },
    { kind: 'memory_object_futex_wait', reqId, offset },
    { kind: 'memory_object_futex_wake', offset, broadcast: yes },
    { kind: 'memory_object_futex_wake_completed', reqId, offset, woke: yes, waits: !yes },
  ]);
}

test(`${SEEDS} histories beside a kernel that says anything: one holder each, one answer each, nothing left behind`, () => {
  let answers = 0;
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    try {
      answers += history(seed);
    } catch (error) {
      throw new Error(`EASYNC_SEED=${seed}: ${String(error)}`, { cause: error });
    }
  }
  expect(answers).toBeGreaterThan(SEEDS * 20);
});

function history(seed: number): number {
  const random = seededRandom(seed);
  const masters = new FutexMasters();
  const kernels = new Map([1, 2].map((id) => [id, new Honest()]));
  for (let step = 0; step < 400; step += 1) {
    const [id, kernel] = pick(random, [...kernels]);
    const what = random.below(4);
    if (what === 0) kernel.act(random);
    else if (what === 1) deliver(id, kernel);
    else if (what === 2) kernel.hear();
    else masters.receive(HOSTILE, nonsense(random, masters.state.gen));
    carry();
    check(masters, kernels);
  }
  masters.leave(HOSTILE);
  carry();
  const isBusy = (): boolean => [...kernels.values()].some((one) => one.asked.size + one.held.size > 0);
  for (let round = 0; isBusy(); round += 1) {
    must(round < 2000, 'nobody waits for good');
    for (const [id, kernel] of kernels) {
      for (const [offset, { gen }] of kernel.held) {
        kernel.held.delete(offset);
        kernel.toPager.push({ kind: 'memory_object_futex_released', offset, gen, state: 0 });
      }
      while (kernel.toPager.length > 0) deliver(id, kernel);
      carry();
      while (kernel.toKernel.length > 0) kernel.hear();
    }
  }
  for (const id of kernels.keys()) masters.leave(id);
  must(masters.state.kernels.size === 0, 'who has gone is forgotten');
  // Only what the one that died had, or gave back broken, is not as if it had never been.
  for (const { master } of masters.state.records.values()) must(master.condition !== 0, 'what is free is forgotten');
  return [...kernels.values()].reduce((sum, kernel) => sum + kernel.answers, 0);

  function deliver(id: number, kernel: Honest): void {
    const message = kernel.toPager.shift();
    if (message !== undefined) masters.receive(id, message);
  }

  function carry(): void {
    for (const effect of masters.takeEffects()) {
      if (effect.type === 'send') kernels.get(effect.kernel)?.toKernel.push(effect.message);
      // No honest message is refused.
      else must(effect.type === 'refused' && effect.kernel === HOSTILE, 'no honest message is refused');
    }
  }
}

function check(masters: FutexMasters, kernels: ReadonlyMap<number, Honest>): void {
  for (const offset of OFFSETS) {
    const [holder, ...others] = [...kernels.values()].filter((kernel) => kernel.held.has(offset));
    must(others.length === 0, 'one has it');
    const gen = holder?.held.get(offset)?.gen;
    if (gen !== undefined) must(masters.holds(offset, BigInt(gen)), 'who has it is known');
  }
  const { records, kernels: known } = masters.state;
  for (const [offset, { master, wakes }] of records) {
    for (const id of [1, 2, HOSTILE]) {
      const places = [master.holder, ...master.queue.map(({ keeper }) => keeper), ...wakes.sleepers];
      const isIn = [...places, ...wakes.looking.map(({ at }) => at)].includes(id);
      must(isIn === (known.get(id)?.has(offset) ?? false), 'of each kernel is known what it has to do with');
    }
  }
}

function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`not so: ${rule}`);
}

import {
  isFree,
  isQuiet,
  type MasterEffect,
  type MasterEvents,
  newMaster,
  newWakes,
  tellMaster,
  tellWakes,
  type WakeEffect,
  type WakeEvents,
} from '../lock/index.ts';
import type { FutexEffect, FutexOptions, FutexRecord, FutexState, FutexToKernel } from './futex-state.ts';
import type { KernelId } from './state.ts';

/** What the functions of the machine work on. */
export type FutexCore = { readonly state: FutexState; readonly options: FutexOptions; effects: FutexEffect[] };

/** Tells the master of the futex at this offset. Answers whether anything came of it. */
export function tellMasterAt<K extends Exclude<keyof MasterEvents, 'grantNext'>>(
  core: FutexCore,
  offset: number,
  event: K,
  about: MasterEvents[K],
): boolean {
  const { state, options } = core;
  const record = recordAt(core, offset);
  const told = new Set<KernelId>('keeper' in about ? [about.keeper] : []);
  const emit = (effect: MasterEffect): void => {
    told.add(effect.keeper);
    send(core, effect.keeper, messageOf(effect, offset, options.budgetMs));
  };
  const nextGen = (): number => (state.gen += 1);
  const { recallsAtOnce } = options;
  const isTried = 'noQueue' in about && about.noQueue && record.master.holder !== null;
  const did = tellMaster(record.master, { nextGen, recallsAtOnce, emit }, event, about);
  // Who only tries wants it, too: with the time over, the next try gets it.
  if (did && isTried) record.triedGen = record.master.gen;
  if (options.budgetMs > 0) watch(core, offset, record);
  settle(core, offset, record, told);
  return did;
}

/** Tells of the sleepers on the word at this offset. */
export function tellWakesAt<K extends Exclude<keyof WakeEvents, 'lookOn'>>(
  core: FutexCore,
  offset: number,
  event: K,
  about: WakeEvents[K],
): void {
  const { state } = core;
  const record = recordAt(core, offset);
  const told = new Set<KernelId>('keeper' in about ? [about.keeper] : []);
  const emit = (effect: WakeEffect): void => {
    told.add(effect.keeper);
    send(core, effect.keeper, wakeMessageOf(effect, offset));
  };
  const nextId = (): number => (state.lastWake += 1);
  tellWakes(record.wakes, { nextId, emit }, event, about);
  settle(core, offset, record, told);
}

export function send(core: FutexCore, kernel: KernelId, message: FutexToKernel): void {
  core.effects.push({ type: 'send', kernel, message });
}

/** Whether there is room to remember what this kernel has to do with this futex. */
export function hasRoom({ state, options }: FutexCore, kernel: KernelId, offset: number): boolean {
  const ofKernel = state.kernels.get(kernel);
  if (ofKernel?.has(offset) === true) return true;
  return (
    (ofKernel?.size ?? 0) < options.mostOfKernel && (state.records.has(offset) || state.records.size < options.most)
  );
}

function recordAt({ state }: FutexCore, offset: number): FutexRecord {
  return state.records.get(offset) ?? { master: newMaster(), wakes: newWakes(), triedGen: 0, dueGen: 0 };
}

/** The time of a grant runs from when others want what it gave, and no longer than they do. */
function watch(core: FutexCore, offset: number, record: FutexRecord): void {
  const { holder, gen, queue } = record.master;
  const isWanted = holder !== null && (queue.length > 0 || record.triedGen === gen);
  const dueGen = isWanted ? gen : 0;
  if (dueGen === record.dueGen) return;
  if (record.dueGen !== 0) core.effects.push({ type: 'over', offset });
  record.dueGen = dueGen;
  if (dueGen !== 0) core.effects.push({ type: 'due', offset, gen });
}

/** Nothing that can be told anew is remembered. */
function settle({ state }: FutexCore, offset: number, record: FutexRecord, told: ReadonlySet<KernelId>): void {
  for (const kernel of told) {
    const ofKernel = state.kernels.get(kernel) ?? new Set<number>();
    if (isOf(record, kernel)) state.kernels.set(kernel, ofKernel.add(offset));
    else if (ofKernel.delete(offset) && ofKernel.size === 0) state.kernels.delete(kernel);
  }
  if (isFree(record.master) && isQuiet(record.wakes)) state.records.delete(offset);
  else state.records.set(offset, record);
}

function isOf({ master, wakes }: FutexRecord, kernel: KernelId): boolean {
  return (
    master.holder === kernel ||
    master.queue.some(({ keeper }) => keeper === kernel) ||
    wakes.sleepers.includes(kernel) ||
    wakes.looking.some(({ at }) => at === kernel)
  );
}

function messageOf(effect: MasterEffect, offset: number, budgetMs: number): FutexToKernel {
  switch (effect.type) {
    case 'granted': {
      const { reqId, gen, condition: state, recall } = effect;
      return { kind: 'memory_object_futex_granted', reqId, offset, gen, state, recall };
    }
    case 'failed':
      return { kind: 'memory_object_futex_failed', reqId: effect.reqId, offset, code: effect.code };
    case 'recall':
      return { kind: 'memory_object_relinquish_futex', offset, gen: effect.gen, budgetMs };
    case 'fenced':
      return { kind: 'memory_object_futex_fenced', offset, gen: effect.gen };
  }
}

function wakeMessageOf(effect: WakeEffect, offset: number): FutexToKernel {
  if (effect.type === 'waiting') return { kind: 'memory_object_futex_waiting', reqId: effect.reqId, offset };
  return { kind: 'memory_object_futex_woken', reqId: effect.id, offset, broadcast: effect.broadcast };
}

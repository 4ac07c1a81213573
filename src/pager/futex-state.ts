import type { MasterState, WakesState } from '../lock/index.ts';
import type { FutexXpKind, KernelXpKind, PagerXpKind, Xp } from '../wire/index.ts';
import type { KernelId } from './state.ts';

/** What is said about futexes. */
export type FutexFromKernel = Xp<Extract<KernelXpKind, FutexXpKind>>;
export type FutexToKernel = Xp<Extract<PagerXpKind, FutexXpKind>>;

export type FutexOptions = {
  /** Bytes of the object; nobody gets a futex behind it. */
  readonly size: number;
  /** Generations go on from here: after a restart of the pager, too, none comes again. */
  readonly lastGen: number;
  /** Every grant is recalled as it is made. */
  readonly recallsAtOnce: boolean;
  /** What a kernel has time for once others wait for what it has; 0: as long as it takes. */
  readonly budgetMs: number;
  /** The most futexes that one kernel has, wants or has sleepers on. */
  readonly mostOfKernel: number;
  /** The most futexes that are remembered. */
  readonly most: number;
};

/** What is to be done outside, in order. */
export type FutexEffect =
  | { type: 'send'; kernel: KernelId; message: FutexToKernel }
  /** A message that nothing was done for, and why. */
  | { type: 'refused'; kernel: KernelId; kind: string; why: string }
  /** Others wait for what was granted: say `expired` when its time is over. */
  | { type: 'due'; offset: number; gen: number }
  /** It came back, or was taken away, or nobody waits for it any more: its time does not matter any more. */
  | { type: 'over'; offset: number };

/** What is known of one futex. */
export type FutexRecord = {
  readonly master: MasterState;
  readonly wakes: WakesState;
  /** The grant that somebody only tried to get. */
  triedGen: number;
  /** The grant whose time runs; 0: none. */
  dueGen: number;
};

/** All there is to know: plain data. */
export type FutexState = {
  gen: number;
  /** Of what sleepers were woken by. */
  lastWake: number;
  size: number;
  /** By offset. Only those that somebody has or wants, or has left broken, or sleeps on. */
  records: Map<number, FutexRecord>;
  /** Of each kernel those that it has, wants or has sleepers on. */
  kernels: Map<KernelId, Set<number>>;
};

export function newFutexState({ size, lastGen }: FutexOptions): FutexState {
  return { gen: lastGen, lastWake: 0, size, records: new Map(), kernels: new Map() };
}

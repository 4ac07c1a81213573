import type { InterestState } from '../sleep/index.ts';
import type { KernelXpKind, PagerXpKind, SleepXpKind, Xp } from '../wire/index.ts';
import type { KernelId } from './state.ts';

/** What is said about sleep and wakeup. */
export type SleepFromKernel = Xp<Extract<KernelXpKind, SleepXpKind>>;
export type SleepToKernel = Xp<Extract<PagerXpKind, SleepXpKind>>;

export type SleepOptions = {
  /** Bytes of the object; nobody sleeps behind it. */
  readonly size: number;
  /** The most places at which one kernel has sleepers, and the most that are remembered. */
  readonly mostOfKernel: number;
  readonly most: number;
};

/** What is to be done outside, in order. */
export type SleepEffect =
  | { type: 'send'; kernel: KernelId; message: SleepToKernel }
  /** A message that nothing was done for, and why. */
  | { type: 'refused'; kernel: KernelId; kind: string; why: string };

export type SleepPlace = { readonly offset: number; readonly domain: number; readonly interest: InterestState };

/** All there is to know: plain data. */
export type SleepState = {
  size: number;
  lastId: number;
  /** Kernels that have the object, and at how many places each has sleepers. */
  kernels: Map<KernelId, number>;
  /** By offset and domain. Only those that somebody sleeps at, or that a kernel has been told of. */
  places: Map<string, SleepPlace>;
};

export function newSleepState(size: number): SleepState {
  return { size, lastId: 0, kernels: new Map(), places: new Map() };
}

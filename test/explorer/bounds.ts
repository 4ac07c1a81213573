import type { Draft } from './draft.ts';
import type { Replaced } from './machines.ts';
import type { Budget } from './parts.ts';

export type Bounds = {
  kernels: number;
  pages: number;
  /** Accesses of one kernel that may wait at the same time. */
  calls: number;
  /** Of the pager: how many pages it reads ahead at most, and whether it lets kernels keep the object while nobody maps it. */
  readAhead: number;
  mayCache: boolean;
  /** A host that holds a message back while the one before it is not done with; otherwise the machine itself does. */
  holdsBack: boolean;
  /** A host that says `revoked` at once where no task is in the middle of an access, as the broker's does; otherwise at any time. */
  isPrompt: boolean;
  budget: Budget;
};

export type Faults = {
  replaced?: Replaced;
  /** The host says `revoked` while a task is in the middle of an access. */
  answersEarly?: boolean;
  /** The pager does not hear of a kernel's death. */
  deafToDeath?: boolean;
};

/** What is possible next. `progress`: it happens by itself, if nothing else does. */
export type Offer = (kind: 'progress' | 'choice', name: () => string, take: (draft: Draft) => void) => void;

export const NO_BUDGET: Budget = {
  reads: 0,
  writes: 0,
  pins: 0,
  evictions: 0,
  unmaps: 0,
  kernelDeaths: 0,
  pagerDeaths: 0,
  syncs: 0,
  flushes: 0,
  changes: 0,
  readErrors: 0,
  writeErrors: 0,
};

import type { Draft } from './draft.ts';
import type { Replaced } from './machines.ts';
import type { Budget } from './parts.ts';

export type Bounds = {
  kernels: number;
  pages: number;
  /** How many of them have contents at first; the others have never been written. */
  stored: number;
  /** `data_requests` that a kernel may have outstanding (P2). */
  requests: number;
  /** Accesses of one kernel that may wait at the same time. */
  calls: number;
  /** Of the pager: how many pages it reads ahead, whether kernels may keep the object while nobody maps it, or write. */
  readAhead: number;
  mayCache: boolean;
  readOnly: boolean;
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
  /** A kernel does not hear of the pager's. */
  deafToPagersDeath?: boolean;
};

/** What is possible next. `progress`: it happens by itself, if nothing else does. */
export type Offer = (kind: 'progress' | 'choice', name: () => string, take: (draft: Draft) => void) => void;

export const NO_BUDGET: Budget = {
  reads: 0,
  writes: 0,
  pins: 0,
  evictions: 0,
  congestions: 0,
  unmaps: 0,
  kernelDeaths: 0,
  pagerDeaths: 0,
  syncs: 0,
  flushes: 0,
  changes: 0,
  readErrors: 0,
  writeErrors: 0,
};

/** Two kernels and one page, everything in any order. */
export const SMALL: Bounds = {
  kernels: 2,
  pages: 1,
  stored: 1,
  requests: 51,
  calls: 2,
  readAhead: 0,
  mayCache: true,
  readOnly: false,
  isPrompt: false,
  budget: NO_BUDGET,
};

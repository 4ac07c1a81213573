import { type Core, unstored } from './core.ts';
import type { Copy, Job, Kernel, LockKind, Piece, Request, State, Unit } from './state.ts';

export type Rules = typeof RULES;

/** The small decisions of pager.md §1, each in one place; tests replace one to see that it is missed. */
export const RULES = {
  /** What a kernel that may have the unit must do before the request can be granted: single writer or many readers (§1.3). */
  conflict: (unit: Unit, copy: Copy, request: Request): LockKind | null => {
    const owns = unit.owner?.kernel === copy.kernel;
    if (request.kind === 'clean') return owns ? 'clean' : null;
    if (request.kind === 'flush') return 'flush';
    // What it changed and gave up while its request was on the way may not be back: what is supplied now would be older.
    if (copy.kernel === request.kernel) return owns && request.kind === 'request' ? 'settle' : null;
    if (request.write) return 'flush';
    return owns ? 'demote' : null;
  },

  /** All that were asked to give something up have answered; what they returned came before (P11). */
  givenUp: (unit: Unit): boolean => unit.locks === 0,

  /** An unlock counts if the kernel has had the unit without a break since that grant (P13). */
  holds: (unit: Unit, { kernel, gen }: Request): boolean =>
    unit.copies.some((copy) => copy.kernel === kernel && gen >= copy.since),

  /** A return counts if the kernel may write, and wrote by a grant of this very authority: a late one would undo what came after. */
  mayReturn: (unit: Unit, kernel: number, gen: number): boolean =>
    unit.owner?.kernel === kernel && gen >= unit.owner.since,

  /** First contents come of the kernel that made the object, and of no other: they need no grant. */
  mayInitialize: ({ state, options }: Core, kernel: number): boolean => state.maker === kernel && !options.readOnly,

  /** What lies over the store's bytes, the newest last: a page that is being stored is answered from here (P12). */
  overStore: (unit: Unit): readonly Piece[] => [...unit.storing, ...unit.returned],

  /** Not while it is written: what was read could be older than what is stored by then. */
  mayRead: (unit: Unit): boolean => unit.storing.length === 0,

  /** A `sync` is done when nothing that was returned until then is left unstored (P11). */
  stored: (core: Core, job: Job): boolean =>
    unstored(core).every((unit) => RULES.overStore(unit).every((piece) => piece.seq > job.seq)),

  /** The pages of a kernel are whole units, or a unit is whole pages of it. */
  fits: (pageSize: number, unit: number): boolean =>
    Number.isSafeInteger(pageSize) &&
    pageSize > 0 &&
    (unit % pageSize === 0 || (pageSize % unit === 0 && pageSize / unit <= RULES.mostUnits)),

  /** Units of one request: a kernel asks for a page, and each unit of it is a record here. */
  mostUnits: 64 as number,

  /**
   * A kernel has at most 51 requests out (P2). Some more may be here: what was read ahead has answered them before their turn came.
   * Who keeps more waiting only makes work for the pager.
   */
  mayAsk: ({ kernels }: State, kernel: number): boolean => (kernels.get(kernel)?.requests ?? 0) < 128,

  /** Of these a kernel may have one for each page that it has: beyond this it is made to ask anew, which is bounded. */
  mayUnlock: ({ kernels }: State, kernel: number): boolean => (kernels.get(kernel)?.unlocks ?? 0) < 512,

  /** A kernel says `init` once in its life, and each for itself (§1.3). */
  isNew: (kernels: ReadonlyMap<number, Kernel>, kernel: number): boolean => !kernels.has(kernel),
} as const;

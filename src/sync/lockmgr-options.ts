import type { Host } from '../host/host.ts';
import type { Modifiers } from '../lockmgr/index.ts';
import { checkInterrupts, checkOptions, checkTime } from './arguments.ts';

/** Given with one request, or to the lock for all requests; both hold together (lwkt.md §3.1). */
export type LockOptions = {
  /** EBUSY instead of waiting (LK_NOWAIT). An upgrade has lost its share then, too. */
  noWait?: boolean;
  /** ENOLCK if it had to wait, once its turn comes: things may have changed while it did (LK_SLEEPFAIL). */
  sleepFail?: boolean;
  /** The exclusive holder may have it once more (LK_CANRECURSE). Without it that is a bug, and an InvariantError. */
  canRecurse?: boolean;
  /** ENOLCK while the holder cancels (LK_CANCELABLE, `cancelBegin`). */
  cancelable?: boolean;
  /** Milliseconds to wait at most: EWOULDBLOCK (LK_TIMELOCK). 0: no limit. If lock and request have one, the shorter holds. */
  timeLimitMs?: number;
  /** EINTR, with the reason as `cause`, if it is aborted before the request is done waiting (LK_PCATCH). */
  signal?: AbortSignal;
  /** Whether what was interrupted by this reason of the signal should be begun again: ERESTART, and not EINTR. */
  restarts?: (reason: unknown) => boolean;
};

export type LockRequestOptions = LockOptions & {
  /** A shared request does not wait for writers that wait (TDF_DEADLKTREAT): they may be waiting for what its owner has. */
  deadlockTreat?: boolean;
};

export type LockmgrOptions = LockOptions & {
  /** For error texts and `inspect`. */
  name?: string;
  /** Whose timers are used. */
  host?: Pick<Host, 'timer'>;
};

/** How long a request waits, and what for. */
export type Patience = {
  readonly timeLimitMs: number;
  readonly signals: readonly AbortSignal[];
  readonly restarts: (reason: unknown) => boolean;
};

/** What a request of this lock goes by. */
export type Terms = { readonly modifiers: Modifiers; readonly patience: Patience };

/** @throws IpcError EINVAL */
export function termsOf(fixed: LockOptions, asked: LockRequestOptions): Terms {
  for (const options of [fixed, asked]) {
    checkOptions('lock', options);
    checkInterrupts('lock', options);
  }
  const isSet = (name: 'noWait' | 'sleepFail' | 'canRecurse' | 'cancelable'): boolean =>
    fixed[name] === true || asked[name] === true;
  return {
    modifiers: {
      noWait: isSet('noWait'),
      sleepFail: isSet('sleepFail'),
      canRecurse: isSet('canRecurse'),
      cancelable: isSet('cancelable'),
      deadlockTreat: asked.deadlockTreat === true,
    },
    patience: {
      timeLimitMs: Math.min(checkLimit(fixed), checkLimit(asked)),
      signals: [fixed.signal, asked.signal].filter((signal) => signal !== undefined),
      restarts: (reason) => asked.restarts?.(reason) === true || fixed.restarts?.(reason) === true,
    },
  };
}

/** @throws IpcError EINVAL */
export function checkLimit(options: LockOptions): number {
  return checkTime('lock', 'timeLimitMs', options) || Infinity;
}

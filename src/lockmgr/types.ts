/** What can be asked of a lock (lwkt.md §3.1), and `disown` (lockmgr_kernproc). */
export type RequestKind =
  | 'shared'
  | 'exclusive'
  | 'upgrade'
  | 'exclusiveUpgrade'
  | 'downgrade'
  | 'release'
  | 'cancelBegin'
  | 'cancelEnd'
  | 'disown';

/** How a lock stands to one who asks. `wanted` and `upgrading`: shared, and an exclusive request, or an upgrade, is pending. */
export type HolderState = 'free' | 'shared' | 'wanted' | 'upgrading' | 'own' | 'recursed' | 'other' | 'disowned';

/** The effective ones: those of the call, and those fixed with the lock (§3.1). Time limits and signals are the host's. */
export type Modifiers = {
  readonly noWait: boolean;
  readonly sleepFail: boolean;
  readonly canRecurse: boolean;
  readonly cancelable: boolean;
  readonly deadlockTreat: boolean;
};

/** One request: a number that its host gives it, each greater than the last. So it is also the order in which they came. */
export type Wish = number;

/** Who can have a lock, known by being the same object. */
export type Holder = { readonly label: string };

export type Request = {
  readonly kind: RequestKind;
  readonly owner: Holder;
  readonly wish: Wish;
  readonly modifiers: Modifiers;
};

/** At once: done, or refused, and then the requester has nothing of this request. `wait`: an effect will tell. */
export type Answer = 0 | 'wait' | 'EBUSY' | 'ENOLCK';

/** What is known of one lock: plain data. Who waits is in exactly one of `upgrade`, `pending`, `parked` and `writers`. */
export type LockState = {
  /** For the texts of panics. */
  readonly name: string;
  /** S of §3.2. */
  shares: number;
  /** Whose they are, as far as that can be said: for people, and for when one dies. No row looks at them (§3.2). */
  sharers: Map<Holder, number>;
  /** X of §3.2: how often the holder has it. */
  exclusive: number;
  /** Null though `exclusive` is not 0: it is disowned, and anybody may release it. */
  holder: Holder | null;
  /** The one upgrade request (§3.4). */
  upgrade: Request | null;
  /** *The* exclusive request: new shared requests park behind it. With a shared lock it is there whenever a writer waits. */
  pending: Request | null;
  /** Shared requests that wait. */
  parked: Map<Wish, Request>;
  /** Exclusive requests that are not *the* request. */
  writers: Map<Wish, Request>;
  isCancelling: boolean;
  /** An exclusive holder has died, and nobody who came after it has had the lock exclusively and let go of it. */
  ownerDied: boolean;
};

export type LockEffect = { type: 'granted'; wish: Wish } | { type: 'failed'; wish: Wish; code: 'ENOLCK' };

/** What a row of the table does. It checks before it acts: a panic leaves everything as it was. */
export type Move = (lock: LockState, request: Request, host: LockHost) => Answer;

export type LockTable = { readonly [K in RequestKind]: { readonly [S in HolderState]: Move } };

/** All that a lock does: what is asked of it, and what happens to it. */
export type LockRules = {
  readonly table: LockTable;
  /** Nobody has it any more. */
  succeed(lock: LockState, host: LockHost): void;
  /** Who waited does so no longer. False: it did not wait. */
  withdraw(lock: LockState, wish: Wish, host: LockHost): boolean;
  /** Who may have it is no more. Its requests have been withdrawn before. */
  leave(lock: LockState, owner: Holder, host: LockHost): void;
};

export type LockHost = {
  readonly rules: LockRules;
  emit(effect: LockEffect): void;
};

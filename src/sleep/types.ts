/** Where those who wait for one ident are, in this thread or at a broker: what `prepare` and `wakeup` go to. */
export interface SleepQueue {
  /**
   * Puts a sleeper in. `woken` is called at most once, when a wakeup takes it out. A promise where somebody else has to say that
   * no wakeup can be missed from now on. `isAsleep`: it sleeps as soon as it is in, which a queue may know by this or by the slot.
   *
   * @throws IpcError, or rejects: the ident is dead, or the broker
   */
  enter(domain: number, woken: () => void, isAsleep?: boolean): Slot | Promise<Slot>;
  /** It is to be used later: what it is found by may be gone by then. */
  keep?(): void;
  /** All of the domain, or one of them. A promise where somebody else has to be told. */
  wakeup(domain: number, one: boolean): void | Promise<void>;
}

/** The place of a sleeper in a queue. Once it is woken neither does anything. */
export interface Slot {
  /** It goes to sleep: from now on a wakeup of one counts with it. */
  asleep(): void;
  /** It does not sleep, or not any more. */
  remove(): void;
}

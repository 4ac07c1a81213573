/**
 * Which kernels have sleepers for one ident, and which have to know of that (lwkt.md §2.1, the mask of CPUs; §2.6 over kernels). Nobody's
 * `prepare` is acknowledged before each other kernel has noted that its wakeups are to be told: so none that begins later passes by. Plain
 * data, kept by whoever all of the kernels talk to.
 */
export type InterestState = {
  /** Kernels that have sleepers, or are about to, oldest first. They stay until they are found to have none. */
  sleepers: KernelNumber[];
  /** Those of them whose request is not answered: some other kernel has not noted it yet. */
  asking: { readonly kernel: KernelNumber; readonly reqId: number }[];
  /** What each kernel was told last, if it has not noted that (`noting`; 0: it has), or if it is that others have sleepers. */
  told: Told[];
  /** Wakeups of one that have found nobody yet: whom they were sent to, and where they go next. */
  looking: { readonly id: number; readonly at: KernelNumber; readonly left: readonly KernelNumber[] }[];
  /** Wakeups of all that have not been answered: at most one for a kernel. `again`: another has come since. */
  waking: { readonly id: number; readonly at: KernelNumber; again: boolean }[];
};

export type KernelNumber = number;
type Told = { readonly kernel: KernelNumber; isOn: boolean; noting: number };

export type InterestEvents = {
  /** It is about to have its first sleeper. */
  interest: { kernel: KernelNumber; reqId: number };
  /** Answers `tell`. */
  noted: { kernel: KernelNumber; id: number };
  wakeup: { kernel: KernelNumber; one: boolean };
  /** Answers `woken`: whether one that slept was woken there, and whether it found nobody at all. `id` 0: unasked. */
  completed: { kernel: KernelNumber; id: number; woke: boolean; sleeps: boolean };
  /** A kernel joins: it is told before it is let at anything that sleepers wait for. */
  attach: { kernel: KernelNumber };
  /** It has gone: it counts as having noted everything, and has woken nobody. */
  leave: { kernel: KernelNumber };
  /** The first of these that still has sleepers is asked to wake one. */
  lookOn: { left: readonly KernelNumber[] };
  /** All of this kernel are woken. */
  wakeAll: { at: KernelNumber };
  /** Who has to know is told, and who can be acknowledged is. */
  settle: null;
};

export type InterestEffect =
  | { type: 'tell'; kernel: KernelNumber; id: number; isOn: boolean }
  /** Its sleepers are prepared from now on. */
  | { type: 'listening'; kernel: KernelNumber; reqId: number }
  | { type: 'woken'; kernel: KernelNumber; id: number; one: boolean };

export type InterestHost = {
  /** Never 0. */
  nextId(): number;
  /** All there are now. */
  kernels(): readonly KernelNumber[];
  emit(effect: InterestEffect): void;
};

export type InterestRows = {
  readonly [K in keyof InterestEvents]: (state: InterestState, host: InterestHost, event: InterestEvents[K]) => void;
};

export const INTEREST_ROWS: InterestRows = {
  interest(state, host, { kernel, reqId }) {
    if (!state.sleepers.includes(kernel)) state.sleepers.push(kernel);
    state.asking.push({ kernel, reqId });
    this.settle(state, host, null);
  },

  noted(state, host, { kernel, id }) {
    const told = state.told.find((one) => one.kernel === kernel && one.noting === id);
    if (told === undefined) return;
    told.noting = 0;
    this.settle(state, host, null);
  },

  wakeup(state, host, { kernel, one }) {
    const others = state.sleepers.filter((sleeper) => sleeper !== kernel);
    if (one) this.lookOn(state, host, { left: others });
    else for (const at of others) this.wakeAll(state, host, { at });
  },

  completed(state, host, { kernel, id, woke, sleeps }) {
    // Who waits for our answer is about to have some, whatever it says.
    const isOver = !sleeps && !state.asking.some((asking) => asking.kernel === kernel);
    if (isOver) state.sleepers = state.sleepers.filter((sleeper) => sleeper !== kernel);
    const look = state.looking.find((one) => one.id === id && one.at === kernel);
    const wake = state.waking.find((one) => one.id === id && one.at === kernel);
    state.looking = state.looking.filter((one) => one !== look);
    state.waking = state.waking.filter((one) => one !== wake);
    if (look !== undefined && !woke) this.lookOn(state, host, look);
    if (wake?.again === true && state.sleepers.includes(kernel)) this.wakeAll(state, host, { at: kernel });
    if (isOver) this.settle(state, host, null);
  },

  attach(state, host) {
    this.settle(state, host, null);
  },

  leave(state, host, { kernel }) {
    state.sleepers = state.sleepers.filter((sleeper) => sleeper !== kernel);
    state.asking = state.asking.filter((asking) => asking.kernel !== kernel);
    state.told = state.told.filter((told) => told.kernel !== kernel);
    state.waking = state.waking.filter(({ at }) => at !== kernel);
    const lost = state.looking.filter(({ at }) => at === kernel);
    state.looking = state.looking.filter(({ at }) => at !== kernel);
    for (const { left } of lost) this.lookOn(state, host, { left });
    this.settle(state, host, null);
  },

  lookOn(state, host, { left }) {
    const [at, ...others] = left.filter((kernel) => state.sleepers.includes(kernel));
    if (at === undefined) return;
    const id = host.nextId();
    state.looking.push({ id, at, left: others });
    host.emit({ type: 'woken', kernel: at, id, one: true });
  },

  wakeAll(state, host, { at }) {
    const waking = state.waking.find((one) => one.at === at);
    // Who is slow to answer is not sent ever more: the next, after its answer, finds all whom this one had to find.
    if (waking !== undefined) {
      waking.again = true;
      return;
    }
    const id = host.nextId();
    state.waking.push({ id, at, again: false });
    host.emit({ type: 'woken', kernel: at, id, one: false });
  },

  settle(state, host) {
    const kernels = host.kernels();
    for (const kernel of kernels) {
      const isOn = state.sleepers.some((sleeper) => sleeper !== kernel);
      let told = state.told.find((one) => one.kernel === kernel);
      if (told === undefined) {
        if (!isOn) continue;
        told = { kernel, isOn: false, noting: 0 };
        state.told.push(told);
      }
      // One at a time: what has changed meanwhile is told when it has noted this.
      if (told.noting === 0 && told.isOn !== isOn) {
        Object.assign(told, { isOn, noting: host.nextId() });
        host.emit({ type: 'tell', kernel, id: told.noting, isOn });
      }
    }
    state.told = state.told.filter(({ isOn, noting }) => isOn || noting !== 0);
    const know = state.told.filter(({ isOn, noting }) => isOn && noting === 0).map(({ kernel }) => kernel);
    const isHeard = (one: KernelNumber): boolean => kernels.every((kernel) => kernel === one || know.includes(kernel));
    for (const { kernel, reqId } of state.asking) {
      if (isHeard(kernel)) host.emit({ type: 'listening', kernel, reqId });
    }
    state.asking = state.asking.filter(({ kernel }) => !isHeard(kernel));
  },
};

/** Tells of one event. Tests replace single rows, to show that they would notice. */
export function tellInterest<K extends Exclude<keyof InterestEvents, 'lookOn' | 'wakeAll' | 'settle'>>(
  state: InterestState,
  host: InterestHost,
  event: K,
  about: InterestEvents[K],
  rows: InterestRows = INTEREST_ROWS,
): void {
  rows[event](state, host, about);
}

export function newInterest(): InterestState {
  return { sleepers: [], asking: [], told: [], looking: [], waking: [] };
}

/** Nothing is lost if it is forgotten, and made anew. */
export function isUnused({ sleepers, asking, told, looking, waking }: InterestState): boolean {
  return [sleepers, asking, told, looking, waking].every((list) => list.length === 0);
}

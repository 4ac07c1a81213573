import {
  INTEREST_ROWS,
  type InterestEffect,
  type InterestEvents,
  type InterestRows,
  isUnused,
  newInterest,
  tellInterest,
} from '../sleep/index.ts';
import type { ErrorCode } from '../errors.ts';
import type { KernelXpKind, Xp } from '../wire/index.ts';
import {
  newSleepState,
  type SleepEffect,
  type SleepFromKernel,
  type SleepOptions,
  type SleepPlace,
  type SleepState,
  type SleepToKernel,
} from './sleep-state.ts';
import type { KernelId } from './state.ts';

const DEFAULTS: SleepOptions = { size: Number.POSITIVE_INFINITY, mostOfKernel: 2 ** 14, most: 2 ** 16 };

/** Wakeups of one for one place that have found nobody yet. Beyond them all sleepers are woken, each of whom looks for itself. */
const MOST_LOOKING = 1024;

/**
 * The pager's side of all that is slept for in one memory object (lwkt.md §2.1): which kernels have sleepers where, and which have noted
 * that. No clock, no I/O, no promises: the same calls give the same effects.
 */
export class SleepPlaces {
  readonly #options: SleepOptions;
  readonly #rows: InterestRows;
  #state: SleepState;
  #effects: SleepEffect[] = [];

  /** Tests replace single rows, to show that they would notice; `state` goes on from where another one was. */
  constructor(options: Partial<SleepOptions> = {}, rows: Partial<InterestRows> = {}, state?: SleepState) {
    this.#options = { ...DEFAULTS, ...options };
    this.#rows = { ...INTEREST_ROWS, ...rows };
    this.#state = state ?? newSleepState(this.#options.size);
  }

  /** The kernel has said `init`, and has not been answered: what it has to know of others it is told before that. */
  attach(kernel: KernelId): void {
    if (this.#state.kernels.has(kernel)) return;
    this.#state.kernels.set(kernel, 0);
    for (const place of [...this.#state.places.values()]) this.#tell(place, 'attach', { kernel });
  }

  /** The kernel has terminated the object, or has died. All that it sent before has been received (R0.6). */
  leave(kernel: KernelId): void {
    if (!this.#state.kernels.delete(kernel)) return;
    for (const place of [...this.#state.places.values()]) this.#tell(place, 'leave', { kernel });
  }

  /** A message of this kernel, in the order it came. */
  receive(kernel: KernelId, message: SleepFromKernel): void {
    const why = this.#state.kernels.has(kernel) ? this.#hear(kernel, message) : 'the kernel has not said init';
    if (why !== null) this.#effects.push({ type: 'refused', kernel, kind: message.kind, why });
  }

  /** Bytes of the object from now on. */
  setSize(size: number): void {
    this.#state.size = size;
  }

  /** What the calls since the last time ask for, in order. */
  takeEffects(): SleepEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** For tests and `inspect`; not to be changed. */
  get state(): Readonly<SleepState> {
    return this.#state;
  }

  /** Why nothing was done, or null. */
  #hear(kernel: KernelId, message: SleepFromKernel): string | null {
    const place = this.#state.places.get(nameOf(message));
    switch (message.kind) {
      case 'memory_object_interest':
        return this.#interest(kernel, message, place);
      case 'memory_object_interest_noted':
        if (place !== undefined) this.#tell(place, 'noted', { kernel, id: message.reqId });
        return null;
      case 'memory_object_wakeup': {
        if (place === undefined) return null;
        const one = message.one && place.interest.looking.length < MOST_LOOKING;
        this.#tell(place, 'wakeup', { kernel, one });
        return null;
      }
      case 'memory_object_woken_completed': {
        const { reqId: id, woke, sleeps } = message;
        if (place !== undefined) this.#tell(place, 'completed', { kernel, id, woke, sleeps });
        return null;
      }
    }
  }

  #interest(
    kernel: KernelId,
    { reqId, offset, domain }: Xp<'memory_object_interest'>,
    known: SleepPlace | undefined,
  ): string | null {
    const fail = (code: ErrorCode, why: string | null): string | null => {
      this.#send(kernel, { kind: 'memory_object_interest_completed', reqId, offset, domain, code });
      return why;
    };
    if (offset % 4 !== 0) return fail('KERN_MEMORY_ERROR', 'the offset is no multiple of 4');
    // It may have become smaller since the kernel had the page.
    if (offset >= this.#state.size) return fail('KERN_MEMORY_ERROR', null);
    if (known?.interest.asking.some((asking) => asking.kernel === kernel) === true) {
      return fail('KERN_INVALID_ARGUMENT', 'the kernel has asked already');
    }
    if (!this.#hasRoom(kernel, known)) {
      return fail('KERN_RESOURCE_SHORTAGE', 'more places with sleepers than are remembered, for one kernel or for all');
    }
    this.#tell(known ?? { offset, domain, interest: newInterest() }, 'interest', { kernel, reqId });
    return null;
  }

  #hasRoom(kernel: KernelId, known: SleepPlace | undefined): boolean {
    const { kernels, places } = this.#state;
    if (known?.interest.sleepers.includes(kernel) === true) return true;
    const isOneMore = known === undefined && places.size >= this.#options.most;
    return !isOneMore && (kernels.get(kernel) ?? 0) < this.#options.mostOfKernel;
  }

  #tell<K extends 'interest' | 'noted' | 'wakeup' | 'completed' | 'attach' | 'leave'>(
    place: SleepPlace,
    event: K,
    about: InterestEvents[K],
  ): void {
    const { kernels, places } = this.#state;
    const { interest } = place;
    const host = {
      nextId: () => (this.#state.lastId += 1),
      kernels: () => [...kernels.keys()],
      emit: (effect: InterestEffect) => this.#send(effect.kernel, messageOf(effect, place)),
    };
    this.#count(interest.sleepers, -1);
    tellInterest(interest, host, event, about, this.#rows);
    this.#count(interest.sleepers, 1);
    if (isUnused(interest)) places.delete(nameOf(place));
    else places.set(nameOf(place), place);
  }

  #count(sleepers: readonly KernelId[], by: 1 | -1): void {
    const { kernels } = this.#state;
    for (const kernel of sleepers) {
      const count = kernels.get(kernel);
      if (count !== undefined) kernels.set(kernel, count + by);
    }
  }

  #send(kernel: KernelId, message: SleepToKernel): void {
    this.#effects.push({ type: 'send', kernel, message });
  }
}

export function isAboutSleep(message: Xp<KernelXpKind>): message is SleepFromKernel {
  return KINDS.has(message.kind);
}

const KINDS: ReadonlySet<string> = new Set<SleepFromKernel['kind']>([
  'memory_object_interest',
  'memory_object_interest_noted',
  'memory_object_wakeup',
  'memory_object_woken_completed',
]);

function nameOf({ offset, domain }: { offset: number; domain: number }): string {
  return `${offset}/${domain}`;
}

function messageOf(effect: InterestEffect, { offset, domain }: SleepPlace): SleepToKernel {
  switch (effect.type) {
    case 'tell':
      return { kind: 'memory_object_interest_elsewhere', reqId: effect.id, offset, domain, on: effect.isOn };
    case 'listening':
      return { kind: 'memory_object_interest_completed', reqId: effect.reqId, offset, domain, code: 0 };
    case 'woken':
      return { kind: 'memory_object_woken', reqId: effect.id, offset, domain, one: effect.one };
  }
}

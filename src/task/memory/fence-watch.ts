import type { Code } from '../../errors.ts';
import { runUserCode } from '../user-code.ts';
import type { FutexPlace } from './futex-place.ts';

/** Tells those who asked when a hold is worth nothing any more: its pager has revoked it, or the broker is gone. Once. */
export class FenceWatch {
  readonly #place: FutexPlace;
  readonly #gen: number;
  readonly #listeners: (() => void)[] = [];
  readonly #cancel = new AbortController();
  readonly #closed: Disposable;
  #state: 'watching' | 'fenced' | 'over' = 'watching';

  constructor(place: FutexPlace, gen: number) {
    this.#place = place;
    this.#closed = place.task.onClosed(() => this.#fence());
    this.#gen = gen;
    this.#ask(place);
  }

  get isFenced(): boolean {
    return this.#state === 'fenced';
  }

  tell(fn: () => void): void {
    if (this.isFenced) runUserCode(fn);
    else this.#listeners.push(fn);
  }

  /** The hold is over: nobody wants to know any more. */
  stop(): void {
    this.#closed[Symbol.dispose]();
    if (this.#state !== 'watching') return;
    this.#state = 'over';
    this.#cancel.abort();
  }

  #ask(place: FutexPlace): void {
    void place.task.traps
      .vm_futex_fenced(place.address, this.#gen, this.#cancel.signal)
      .then(({ code }) => this.#answered(code, place));
  }

  #answered(code: Code, from: FutexPlace): void {
    switch (code) {
      case 0:
      // It was told another call before, or somebody else has unlocked for this task.
      case 'EFENCED':
      case 'EPERM':
        return this.#fence();
      case 'KERN_INVALID_ADDRESS': {
        // Unmapped by this task itself, which may have the word elsewhere.
        const { present } = this.#place;
        if (this.#state === 'watching' && present !== null && present.mapping !== from.mapping) this.#ask(present);
        return;
      }
      // The end of the link says it.
      case 'KERN_INVALID_TASK':
      // Its pager has gone: nobody revokes it any more.
      case 'KERN_MEMORY_ERROR':
      case 'EBROKERDIED':
        return;
      default: {
        if (this.#state !== 'watching') return;
        this.#place.task.warn(`onFenced will not be called: ${this.#place.failed('onFenced', code).message}`);
      }
    }
  }

  #fence(): void {
    if (this.#state !== 'watching') return;
    this.#state = 'fenced';
    for (const fn of this.#listeners) runUserCode(fn);
  }
}

import { IpcError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { realHost } from '../host/real.ts';
import {
  ask,
  LOCK_RULES,
  type LockHost,
  type LockState,
  type Modifiers,
  newLock,
  type RequestKind,
  type Wish,
} from '../lockmgr/index.ts';
import { checkOwner } from './arguments.ts';
import { type Terms, termsOf } from './lockmgr-options.ts';
import { refusedBecause } from './lockmgr-texts.ts';
import { LockWait } from './lockmgr-wait.ts';
import type { Owner } from './owner.ts';

/** What is asked of one lock: its machine answers (lwkt.md §3.2), and who has to wait does so here. */
export class LockRequests {
  readonly lock: LockState;
  readonly #host: Pick<Host, 'timer'>;
  readonly #waits = new Map<Wish, { owner: Owner; wait: LockWait }>();
  readonly #machine: LockHost;
  #lastWish = 0;

  constructor(name: string, host: Pick<Host, 'timer'> = REAL) {
    this.lock = newLock(name);
    this.#host = host;
    this.#machine = {
      rules: LOCK_RULES,
      emit: (effect) => {
        const wait = this.#waits.get(effect.wish)?.wait;
        if (effect.type === 'granted') wait?.granted();
        else wait?.failed(effect.code);
      },
    };
  }

  /** One that may have to wait. */
  ask(op: RequestKind, owner: Owner, terms: Terms): void | Promise<void> {
    checkOwner(op, owner, this.lock.name);
    this.#lastWish += 1;
    const wish = this.#lastWish;
    const answer = ask(this.lock, { kind: op, owner, wish, modifiers: terms.modifiers }, this.#machine);
    if (answer === 0) return undefined;
    if (answer === 'wait') return this.#sleep(op, owner, wish, terms);
    return Promise.reject(this.#refused(op, owner, answer));
  }

  /** One that does not, by its modifiers. False: it would have had to. Throws ENOLCK: cancelled. */
  try(op: RequestKind, owner: Owner, modifiers: Modifiers): boolean {
    checkOwner(op, owner, this.lock.name);
    const answer = ask(this.lock, { kind: op, owner, wish: 0, modifiers }, this.#machine);
    if (answer === 'ENOLCK') throw this.#refused(op, owner, answer);
    return answer === 0;
  }

  /** One that never does, and has no modifiers. */
  act(op: RequestKind, owner: Owner): void {
    checkOwner(op, owner, this.lock.name);
    ask(this.lock, { kind: op, owner, wish: 0, modifiers: NONE }, this.#machine);
  }

  /** The owner is no more. */
  leave(owner: Owner): void {
    for (const waiting of this.#waits.values()) if (waiting.owner === owner) waiting.wait.abandon();
    LOCK_RULES.leave(this.lock, owner, this.#machine);
  }

  /** Releases it if the owner has it still: by a failed upgrade, or by who has released what was not his, it may be lost. */
  letGo(owner: Owner): void {
    if (this.lock.holder === owner || this.sharesOf(owner) > 0) this.act('release', owner);
  }

  sharesOf(owner: Owner): number {
    return this.lock.sharers.get(owner) ?? 0;
  }

  async #sleep(op: RequestKind, owner: Owner, wish: Wish, { modifiers, patience }: Terms): Promise<void> {
    const wait = new LockWait({
      op,
      modifiers,
      lock: this.lock.name,
      withdraw: () => void LOCK_RULES.withdraw(this.lock, wish, this.#machine),
      giveBack: () => this.letGo(owner),
    });
    this.#waits.set(wish, { owner, wait });
    try {
      await wait.sleep(this.#host, patience);
    } finally {
      this.#waits.delete(wish);
    }
  }

  #refused(op: RequestKind, owner: Owner, code: 'EBUSY' | 'ENOLCK'): IpcError {
    const { name, holder } = this.lock;
    const why = refusedBecause(code, op, holder === owner);
    return new IpcError(code, `${op} of ${name}: ${why}`, { op, object: name });
  }
}

const REAL: Pick<Host, 'timer'> = realHost();
const NONE = termsOf({}, {}).modifiers;

import { InvariantError, IpcError } from 'easync';
import { Owner, type LockmgrOptions, type LockRequestOptions } from 'easync/sync';
import { quiet } from '../../sync/settled.ts';

/** A lock, here or behind a port. What it answers, throws or rejects with is looked at after it was awaited. */
export type AnyLock = { readonly [K in Op]: (owner: Owner, options?: LockRequestOptions) => unknown } & {
  status(owner: Owner | null): unknown;
  isOwned(owner: Owner): unknown;
};

const OPS = [
  'shared',
  'exclusive',
  'upgrade',
  'exclusiveUpgrade',
  'tryShared',
  'tryExclusive',
  'tryUpgrade',
  'tryExclusiveUpgrade',
  'downgrade',
  'release',
  'cancelBegin',
  'cancelEnd',
  'disown',
] as const;
type Op = (typeof OPS)[number];

const FLAGS = ['noWait', 'sleepFail', 'canRecurse', 'cancelable', 'deadlockTreat'] as const;

/** `ok`, `waits`, `panic`, a code; of a try `true` or `false`. */
export type Outcome = string;

/** Makes locks; `settle`: all that can go on has. */
export type LockWorld = {
  lock(options: LockmgrOptions): Promise<AnyLock & Partial<AsyncDisposable>>;
  settle(): Promise<void>;
};

/** Owners by name who ask one lock for things. */
export class Play implements AsyncDisposable {
  readonly #lock: AnyLock & Partial<AsyncDisposable>;
  readonly #settle: () => Promise<void>;
  readonly #owners = new Map<string, Owner>();
  readonly #outcomes = new Map<string, Outcome>();
  readonly #order: string[] = [];

  constructor(lock: AnyLock & Partial<AsyncDisposable>, settle: () => Promise<void> = quiet) {
    this.#lock = lock;
    this.#settle = settle;
  }

  owner(name: string): Owner {
    const owner = this.#owners.get(name) ?? new Owner(name);
    this.#owners.set(name, owner);
    return owner;
  }

  /** `a shared`, `b exclusive noWait sleepFail`, one after the other. Answers how the last one stands then. */
  async run(...steps: readonly string[]): Promise<Outcome> {
    let last = '';
    for (const step of steps) last = await this.#step(step, {});
    return last;
  }

  /** One step with options that are no words. */
  ask(step: string, options: LockRequestOptions): Promise<Outcome> {
    return this.#step(step, options);
  }

  /** How the last request of each stands: `a ok, b waits`. */
  async now(...names: readonly string[]): Promise<string> {
    await this.#settle();
    return names.map((name) => `${name} ${this.#outcomes.get(name) ?? 'asks for nothing'}`).join(', ');
  }

  /** Whose requests were done, in that order; those since the last look. */
  async order(): Promise<string> {
    await this.#settle();
    return this.#order.splice(0).join(' ');
  }

  status(name: string | null): unknown {
    return this.#lock.status(name === null ? null : this.owner(name));
  }

  isOwned(name: string): unknown {
    return this.#lock.isOwned(this.owner(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock[Symbol.asyncDispose]?.();
    await this.#settle();
  }

  async #step(step: string, options: LockRequestOptions): Promise<Outcome> {
    const [name = '', op = '', ...words] = step.split(' ');
    if (!isOneOf(OPS, op)) throw new Error(`no such request: ${step}`);
    const flags = words.map((word) => {
      if (!isOneOf(FLAGS, word)) throw new Error(`no such option: ${step}`);
      return [word, true] as const;
    });
    this.#outcomes.set(name, 'waits');
    const asked = (async () => this.#lock[op](this.owner(name), { ...options, ...Object.fromEntries(flags) }))();
    void asked.then(
      (answer) => this.#is(name, typeof answer === 'boolean' ? String(answer) : 'ok'),
      (error: unknown) => this.#is(name, outcomeOf(error)),
    );
    await this.#settle();
    return this.#outcomes.get(name) ?? '';
  }

  #is(name: string, outcome: Outcome): void {
    this.#outcomes.set(name, outcome);
    this.#order.push(name);
  }
}

function isOneOf<const T extends string>(all: readonly T[], one: string): one is T {
  return (all as readonly string[]).includes(one);
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof InvariantError) return 'panic';
  return error instanceof IpcError ? error.code : `${String(error)}`;
}

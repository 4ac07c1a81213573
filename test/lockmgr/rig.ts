import {
  ask,
  type Holder,
  type HolderState,
  holderState,
  LOCK_RULES,
  type LockHost,
  type LockRules,
  type LockState,
  type Modifiers,
  newLock,
  type Request,
  type RequestKind,
  waitingAt,
} from '../../src/lockmgr/index.ts';

const NO_MODIFIERS: Modifiers = {
  noWait: false,
  sleepFail: false,
  canRecurse: false,
  cancelable: false,
  deadlockTreat: false,
};

/** A lock that is told what to do in words, and tells in words what it has become. */
export class LockRig {
  readonly lock: LockState = newLock('the lock');
  readonly host: LockHost;
  readonly #owners = new Map<string, Holder>();
  /** Of requests that wait, or have waited. */
  readonly #names: string[] = [];
  #effects: string[] = [];
  /** What the last was answered, and its effects. */
  outcome: string[] = [];

  constructor(rules: LockRules = LOCK_RULES) {
    this.host = {
      rules,
      emit: (effect) => {
        const name = this.#names[effect.wish] ?? '?';
        this.#effects.push(effect.type === 'granted' ? `${name} granted` : `${name} ${effect.code}`);
      },
    };
  }

  /** `a shared, b exclusive+noWait, a leave, b withdraw`. Answers what the last was answered, and its effects. */
  does(history: string): string[] {
    for (const line of history.split(', ')) {
      this.outcome = [];
      this.outcome = this.#step(line);
    }
    return this.outcome;
  }

  /** How it stands to this one. */
  stateTo(name: string): HolderState {
    return holderState(this.lock, this.#owner(name));
  }

  waitsOf(name: string): number {
    return waitingAt(this.lock).filter(({ owner }) => owner.label === name).length;
  }

  /** Who can release it. */
  get somebody(): string {
    const [sharer] = this.lock.sharers.keys();
    return (this.lock.holder ?? sharer)?.label ?? 'a';
  }

  /** `X2 a` or `S1 a`; then who upgrades, who is the exclusive request, who is parked, who else would write. */
  get state(): string {
    const { exclusive, holder, shares, sharers, upgrade, pending, parked, writers, isCancelling, ownerDied } =
      this.lock;
    const labels = (requests: Iterable<Request>): string => [...requests].map(({ owner }) => owner.label).join('');
    const parts = [
      exclusive > 0 && `X${exclusive} ${holder?.label ?? 'nobody'}`,
      shares > 0 && `S${shares} ${[...sharers].map(([{ label }, times]) => label.repeat(times)).join('')}`,
      exclusive === 0 && shares === 0 && 'free',
      upgrade !== null && `upgrade ${upgrade.owner.label}`,
      pending !== null && `pending ${pending.owner.label}`,
      parked.size > 0 && `parked ${labels(parked.values())}`,
      writers.size > 0 && `writers ${labels(writers.values())}`,
      isCancelling && 'cancelling',
      ownerDied && 'owner died',
    ];
    return parts.filter((part) => part !== false).join(', ');
  }

  #step(line: string): string[] {
    this.#effects = [];
    const [name = '', what = ''] = line.split(' ');
    const owner = this.#owner(name);
    if (what === 'leave') {
      this.host.rules.leave(this.lock, owner, this.host);
      return this.#effects;
    }
    if (what === 'withdraw') {
      const wish = Math.max(-1, ...waitingAt(this.lock).flatMap((one) => (one.owner === owner ? one.wish : [])));
      return [String(this.host.rules.withdraw(this.lock, wish, this.host)), ...this.#effects];
    }
    const [kind = '', ...flags] = what.split('+');
    const wish = this.#names.push(name) - 1;
    const modifiers = { ...NO_MODIFIERS, ...Object.fromEntries(flags.map((flag) => [flag, true])) };
    const answer = ask(this.lock, { kind: kind as RequestKind, owner, wish, modifiers }, this.host);
    return [String(answer), ...this.#effects];
  }

  #owner(name: string): Holder {
    const owner = this.#owners.get(name) ?? { label: name };
    this.#owners.set(name, owner);
    return owner;
  }
}

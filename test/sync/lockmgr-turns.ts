import { expect } from 'vitest';
import type { IpcError } from '../../src/errors.ts';
import { Lockmgr, Owner } from '../../src/sync/index.ts';
import { quiet } from './settled.ts';

export const KINDS = ['shared', 'exclusive', 'upgrade', 'exclusiveUpgrade'] as const;
export type Step =
  | { does: (typeof KINDS)[number]; flags: Flags }
  | { does: 'downgrade' | 'release' | 'cancel' | 'leave' | 'abort' | 'timeout'; at: number };
type Flags = { sleepFail: boolean; cancelable: boolean };

/** What an owner's flow knows: that it waits, how it has the lock, or what it was told instead. */
type Party = { owner: Owner; knows: 'waits' | 'shared' | 'exclusive' | 'gone' | IpcError['code']; request: Request };
/** `raced`: what it has to be told since a timeout or a signal came after its grant, and before it heard of that. */
type Request = { kind: (typeof KINDS)[number]; id: number; stop: AbortController; raced?: 'had' | 'refused' };

/** Owners that do anything in one turn of the loop, and hear of what has come of it only after that. */
export class World {
  readonly #timers = new Map<number, () => void>();
  readonly lock = new Lockmgr({
    host: {
      timer: (ms, fn) => {
        this.#timers.set(ms, fn);
        return { [Symbol.dispose]: () => void this.#timers.delete(ms) };
      },
    },
  });
  readonly #parties: Party[] = [];
  #requests = 0;
  races = 0;

  knowing(...what: Party['knows'][]): Party[] {
    return this.#parties.filter(({ knows }) => what.includes(knows));
  }

  does(one: Step): void {
    switch (one.does) {
      case 'shared':
      case 'exclusive': {
        const owner = new Owner(`owner ${this.#parties.length}`);
        const party: Party = { owner, knows: 'gone', request: this.#newRequest(one.does) };
        this.#parties.push(party);
        return this.#asks(party, one.flags);
      }
      case 'upgrade':
      case 'exclusiveUpgrade': {
        const party = this.knowing('shared').at(-1);
        if (party === undefined) return undefined;
        party.request = this.#newRequest(one.does);
        return this.#asks(party, one.flags);
      }
      case 'abort':
      case 'timeout':
        return this.#races(pick(this.#unheard ?? this.knowing('waits'), one.at), one.does);
      case 'leave':
        return this.#leaves(pick(this.knowing('waits', 'shared', 'exclusive'), one.at));
      default:
        return this.#acts(one.does, one.at);
    }
  }

  /** Everybody hears of what has come of his request; then all that they know is true. */
  async settle(): Promise<void> {
    await quiet();
    const { holder, shared, waiting } = this.lock.inspect();
    const labels = (parties: Party[]): string[] => parties.map(({ owner }) => owner.label).toSorted();
    expect(labels(this.knowing('exclusive'))).toEqual(holder === null ? [] : [holder]);
    expect(labels(this.knowing('shared'))).toEqual(shared.toSorted());
    expect(labels(this.knowing('waits'))).toEqual(waiting.map(({ owner }) => owner).toSorted());
    for (const { knows, request } of this.#parties) {
      if (request.raced === undefined || knows === 'gone') continue;
      expect(knows === 'exclusive' || knows === 'shared' ? 'had' : 'refused').toBe(request.raced);
      delete request.raced;
    }
  }

  #newRequest(kind: Request['kind']): Request {
    return { kind, id: (this.#requests += 1), stop: new AbortController() };
  }

  #asks(party: Party, given: Flags): void {
    const { kind, id, stop } = party.request;
    const has = kind === 'shared' ? 'shared' : 'exclusive';
    const asked = this.lock[kind](party.owner, { ...given, timeLimitMs: id, signal: stop.signal });
    party.knows = asked instanceof Promise ? 'waits' : has;
    if (!(asked instanceof Promise)) return;
    const hears = (what: Party['knows']): void => {
      if (party.knows === 'waits') party.knows = what;
    };
    asked.then(
      () => hears(has),
      ({ code }: IpcError) => hears(code),
    );
  }

  /** Who has it, and has not heard of that. */
  get #unheard(): Party[] | null {
    const { holder, shared } = this.lock.inspect();
    const unheard = this.knowing('waits').filter(({ owner: { label } }) => [holder, ...shared].includes(label));
    return unheard.length > 0 ? unheard : null;
  }

  #races(party: Party | undefined, how: 'abort' | 'timeout'): void {
    if (party === undefined) return;
    const { request } = party;
    if (this.#unheard?.includes(party) === true) {
      request.raced ??= request.kind === 'shared' ? 'refused' : 'had';
      this.races += 1;
    }
    if (how === 'abort') request.stop.abort();
    else this.#timers.get(request.id)?.();
  }

  #leaves(party: Party | undefined): void {
    if (party === undefined) return;
    party.knows = 'gone';
    this.lock.leave(party.owner);
  }

  #acts(does: 'release' | 'downgrade' | 'cancel', which: number): void {
    const party = pick(does === 'release' ? this.knowing('shared', 'exclusive') : this.knowing('exclusive'), which);
    if (party === undefined) return;
    const { lock } = this;
    if (does === 'cancel') lock[lock.inspect().isCancelling ? 'cancelEnd' : 'cancelBegin'](party.owner);
    else lock[does](party.owner);
    if (does !== 'cancel') party.knows = does === 'release' ? 'gone' : 'shared';
  }
}

function pick<T>(all: readonly T[], which: number): T | undefined {
  return all[which % Math.max(1, all.length)];
}

import type { Lockmgr } from '../lockmgr.ts';
import { Owner } from '../owner.ts';

/** Those owners of one client that hold something or wait. Of others nobody knows anything, so it may have any number of them. */
export class Parties {
  readonly #lock: Lockmgr;
  readonly #parties = new Map<number, Party>();

  constructor(lock: Lockmgr) {
    this.#lock = lock;
  }

  of(id: number): Party {
    const owner = (): Owner => new Owner(`owner ${id} of a client`);
    const party = this.#parties.get(id) ?? { id, owner: owner(), requests: 0 };
    this.#parties.set(id, party);
    return party;
  }

  /** As many as this, and this one is not among them. */
  isFullFor(id: number, most: number): boolean {
    return this.#parties.size >= most && !this.#parties.has(id);
  }

  all(): Iterable<Party> {
    return this.#parties.values();
  }

  /** Any that has a share. */
  sharer(): Party | undefined {
    return [...this.#parties.values()].find(({ owner }) => this.#lock.sharesOf(owner) > 0);
  }

  holds({ owner }: Party): boolean {
    return this.#lock.sharesOf(owner) > 0 || this.#lock.status(owner) === 'exclusive';
  }

  forgetIdle(party: Party): void {
    if (party.requests === 0 && !this.holds(party)) this.#parties.delete(party.id);
  }
}

/** An owner of the client. `requests`: those that have not been answered. */
export type Party = { readonly id: number; readonly owner: Owner; requests: number };

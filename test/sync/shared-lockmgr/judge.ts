/** Who believes to have the lock, and what may therefore not be: whatever the server knows, two that exclude each other may not both believe it. */
export class Judge {
  readonly faults: string[] = [];
  /** By holder. */
  readonly #inside = new Map<string, { how: 'shared' | 'exclusive'; client: string }>();
  /** A client died with an exclusive hold, and nobody who was told of it has let go since. */
  #isOwed = false;
  #ends = 0;
  #deaths = 0;
  told = 0;
  grants = 0;
  /** What it protects: changed by exclusive holders, in two steps. */
  value = 0;
  #written = 0;

  /** For people. */
  static tally(judges: readonly Judge[]): string {
    const sum = (of: (judge: Judge) => number): number => judges.reduce((all, judge) => all + of(judge), 0);
    const ends = `${sum((judge) => judge.#ends)} clients ended, ${sum((judge) => judge.#deaths)} of them with an exclusive hold`;
    return `${sum(({ grants }) => grants)} grants, ${ends}, ${sum(({ told }) => told)} told`;
  }

  /** Who has it exclusively, for all that is known. */
  get writer(): string | undefined {
    return [...this.#inside.values()].find(({ how }) => how === 'exclusive')?.client;
  }

  get settled(): string[] {
    return this.value === this.#written ? this.faults : [...this.faults, `${this.#written} writes made ${this.value}`];
  }

  enter(client: string, holder: string, how: 'shared' | 'exclusive', ownerDied: boolean): void {
    this.grants += 1;
    this.#look(holder, how);
    this.#inside.set(holder, { how, client });
    if (this.#isOwed && !ownerDied) this.faults.push(`${holder} was not told that an owner had died`);
    if (ownerDied && this.#ends === 0) this.faults.push(`${holder} was told of a death, and nobody has died`);
    if (ownerDied) this.told += 1;
  }

  /** Before it says so to the server. */
  leave(holder: string): void {
    const held = this.#inside.get(holder);
    if (held === undefined) this.faults.push(`${holder} leaves, and was not inside`);
    // Whoever comes next may or may not be told, should this one die while it lets go.
    if (held?.how === 'exclusive') this.#isOwed = false;
    this.#inside.delete(holder);
  }

  /** Half way, somebody else may not write. */
  async write(pause: () => Promise<void>, isDead: () => boolean): Promise<void> {
    const before = this.value;
    await pause();
    if (!isDead()) this.wrote(before + 1);
  }

  wrote(value: number): void {
    this.value = value;
    this.#written += 1;
  }

  /** It died here and now, or has let go of everything: what it had is the next one's. */
  ended(client: string): void {
    this.#ends += 1;
    for (const [holder, { how, client: whose }] of this.#inside) {
      if (whose !== client) continue;
      this.#inside.delete(holder);
      if (how !== 'exclusive') continue;
      this.#isOwed = true;
      this.#deaths += 1;
    }
  }

  #look(holder: string, how: 'shared' | 'exclusive'): void {
    for (const [other, held] of this.#inside) {
      if (how === 'exclusive' || held.how === 'exclusive') {
        this.faults.push(`${holder} has it ${how} while ${other} has it ${held.how}`);
      }
    }
  }
}

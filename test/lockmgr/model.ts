/** Who waits, in the order in which they came. `isRequest`: it is *the* exclusive request of lwkt.md §3.4. */
type Waiting = { name: string; wants: 'share' | 'write' | 'upgrade'; flags: Set<string>; isRequest: boolean };

/** What a panic is called in the answers. */
export const PANIC = 'panic';

/**
 * The lock manager once more, written from lwkt.md §3 and not from its rows: one list of all who wait, and after each request the question
 * who of them may go on. It is told the same words as `LockRig`, and answers the same.
 */
export class LockModel {
  #holder: string | null = null;
  #isDisowned = false;
  #times = 0;
  #sharers: string[] = [];
  #waiting: Waiting[] = [];
  #isCancelling = false;
  #ownerDied = false;
  #told: string[] = [];

  does(line: string): string[] {
    this.#told = [];
    const [name = '', what = ''] = line.split(' ');
    const [kind = '', ...flags] = what.split('+');
    if (kind === 'dies') this.#dies(name);
    if (kind === 'leave') this.#leave(name);
    if (kind === 'leave' || kind === 'dies') return this.#told;
    const answer = kind === 'withdraw' ? this.#withdrawLast(name) : this.#asks(name, kind, new Set(flags));
    return [answer, ...this.#told];
  }

  get state(): string {
    const labels = (waiting: Waiting[]): string => waiting.map(({ name }) => name).join('');
    const upgrade = this.#waiting.filter(({ wants }) => wants === 'upgrade');
    const pending = this.#waiting.filter(({ isRequest }) => isRequest);
    const parked = this.#waiting.filter(({ wants }) => wants === 'share');
    const writers = this.#waiting.filter(({ wants, isRequest }) => wants === 'write' && !isRequest);
    return [
      this.#times > 0 && `X${this.#times} ${this.#holder ?? 'nobody'}`,
      this.#sharers.length > 0 && `S${this.#sharers.length} ${grouped(this.#sharers)}`,
      this.#isFree && 'free',
      upgrade.length > 0 && `upgrade ${labels(upgrade)}`,
      pending.length > 0 && `pending ${labels(pending)}`,
      parked.length > 0 && `parked ${labels(parked)}`,
      writers.length > 0 && `writers ${labels(writers)}`,
      this.#isCancelling && 'cancelling',
      this.#ownerDied && 'owner died',
    ]
      .filter((part) => part !== false)
      .join(', ');
  }

  /** Without what each of them waits for. */
  get summary(): string {
    return JSON.stringify([
      this.#times > 0 ? this.#holder : null,
      this.#times,
      this.#sharers.toSorted(),
      this.#waiting.map(({ name }) => name),
      this.#isCancelling,
      this.#ownerDied,
    ]);
  }

  #asks(name: string, kind: string, flags: Set<string>): string {
    const mine = this.#times > 0 && this.#holder === name;
    const isShared = this.#sharers.length > 0;
    if (kind === 'shared' || kind === 'exclusive') return this.#acquires(name, kind === 'shared', flags);
    if (kind === 'upgrade' || kind === 'exclusiveUpgrade') {
      if (mine) return '0';
      return isShared ? this.#upgrades(name, kind === 'exclusiveUpgrade', flags) : PANIC;
    }
    if (kind === 'release') {
      if (isShared) this.#dropShare(name);
      else if (mine || this.#isDisowned) this.#times -= 1;
      else return PANIC;
      this.#settle();
      return '0';
    }
    if (kind === 'cancelEnd') {
      if (!mine && !isShared) return PANIC;
      this.#isCancelling = false;
      return '0';
    }
    if (kind === 'disown' && this.#isDisowned) return '0';
    // What is left is for the exclusive holder.
    if (!mine) return PANIC;
    if (kind === 'disown') {
      this.#holder = null;
      this.#isDisowned = true;
    } else if (kind === 'downgrade') {
      if (this.#times > 1) return PANIC;
      this.#times = 0;
      this.#nobodyHolds();
      this.#sharers.push(name);
      this.#goOn(this.#waiting.filter(({ wants }) => wants === 'share'));
      this.#settle();
    } else {
      if (this.#isCancelling) return PANIC;
      this.#isCancelling = true;
      const cancelled = this.#waiting.filter((waiting) => waiting.flags.has('cancelable'));
      for (const waiting of cancelled) this.#ends(waiting, 'ENOLCK');
    }
    return '0';
  }

  #acquires(name: string, wantsShare: boolean, flags: Set<string>): string {
    if (this.#times > 0 && this.#holder === name) {
      if (flags.has('canRecurse')) this.#times += 1;
      else return flags.has('noWait') ? 'EBUSY' : PANIC;
      return '0';
    }
    const isWanted = this.#waiting.some(({ wants, isRequest }) => wants === 'upgrade' || isRequest);
    const mayShare = this.#times === 0 && (!isWanted || flags.has('deadlockTreat'));
    if (wantsShare ? mayShare : this.#isFree) {
      if (wantsShare) this.#sharers.push(name);
      else this.#has(name);
      return '0';
    }
    return this.#refuses(flags) ?? this.#waits(name, wantsShare ? 'share' : 'write', flags);
  }

  #upgrades(name: string, isOnly: boolean, flags: Set<string>): string {
    const upgrade = this.#waiting.find(({ wants }) => wants === 'upgrade');
    if (upgrade === undefined && this.#sharers.length === 1) {
      this.#sharers = [];
      this.#has(name);
      return '0';
    }
    const refused = this.#refuses(flags) ?? (upgrade !== undefined && isOnly ? 'EBUSY' : null);
    this.#dropShare(name);
    this.#settle();
    if (refused !== null) return refused;
    if (upgrade === undefined) return this.#waits(name, 'upgrade', flags);
    if (!this.#isFree) return this.#waits(name, 'write', flags);
    this.#has(name);
    return '0';
  }

  #refuses(flags: Set<string>): 'ENOLCK' | 'EBUSY' | null {
    if (this.#isCancelling && flags.has('cancelable')) return 'ENOLCK';
    return flags.has('noWait') ? 'EBUSY' : null;
  }

  #waits(name: string, wants: Waiting['wants'], flags: Set<string>): 'wait' {
    this.#waiting.push({ name, wants, flags, isRequest: false });
    this.#settle();
    return 'wait';
  }

  #withdrawLast(name: string): string {
    const waiting = this.#waiting.findLast((one) => one.name === name);
    if (waiting === undefined) return 'false';
    this.#withdraw(waiting);
    return 'true';
  }

  #withdraw(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    this.#settle();
  }

  /** What it asked for first is withdrawn first: who came after that and before the rest may go on with it. */
  #dies(name: string): void {
    for (const waiting of this.#waiting.filter((one) => one.name === name)) this.#withdraw(waiting);
    this.#leave(name);
  }

  /** Its requests were withdrawn before. */
  #leave(name: string): void {
    const hadIt = this.#times > 0 && this.#holder === name;
    if (hadIt) this.#times = 0;
    this.#sharers = this.#sharers.filter((sharer) => sharer !== name);
    this.#settle(hadIt);
  }

  /** Whoever may go on does: after each change, and until nothing changes any more. */
  #settle(hasDied = false): void {
    if (this.#times === 0 && this.#sharers.length === 0) {
      this.#nobodyHolds();
      this.#isCancelling = false;
      if (hasDied) this.#ownerDied = true;
    }
    for (let next = this.#next(); next.length > 0; next = this.#next()) this.#goOn(next);
    const isShared = this.#sharers.length > 0;
    const writer = this.#waiting.find(({ wants }) => wants === 'write');
    if (isShared && writer !== undefined && !this.#waiting.some(({ isRequest }) => isRequest)) writer.isRequest = true;
  }

  #next(): Waiting[] {
    if (this.#times > 0) return [];
    const upgrade = this.#waiting.filter(({ wants }) => wants === 'upgrade');
    const request = this.#waiting.filter(({ isRequest }) => isRequest);
    const readers = this.#waiting.filter(({ wants }) => wants === 'share');
    const writer = this.#waiting.findIndex(({ wants }) => wants === 'write');
    if (this.#sharers.length > 0) {
      if (upgrade.length > 0 || request.length > 0) return [];
      return this.#waiting.slice(0, writer === -1 ? Infinity : writer);
    }
    if (upgrade.length > 0) return upgrade;
    if (request.length > 0) return request;
    return readers.length > 0 ? readers : this.#waiting.slice(0, 1);
  }

  #goOn(waiting: Waiting[]): void {
    for (const one of waiting) {
      const fails = one.flags.has('sleepFail');
      this.#ends(one, fails ? 'ENOLCK' : 'granted');
      if (fails) continue;
      if (one.wants === 'share') this.#sharers.push(one.name);
      else this.#has(one.name);
    }
  }

  #ends(waiting: Waiting, how: string): void {
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    this.#told.push(`${waiting.name} ${how}`);
  }

  #has(name: string): void {
    this.#holder = name;
    this.#times = 1;
  }

  #nobodyHolds(): void {
    if (this.#holder !== null || this.#isDisowned) this.#ownerDied = false;
    this.#holder = null;
    this.#isDisowned = false;
  }

  #dropShare(name: string): void {
    const whose = this.#sharers.includes(name) ? name : (this.#sharers[0] ?? name);
    this.#sharers.splice(this.#sharers.lastIndexOf(whose), 1);
  }

  get #isFree(): boolean {
    return this.#times === 0 && this.#sharers.length === 0;
  }
}

function grouped(names: string[]): string {
  return [...new Set(names)].map((name) => names.filter((other) => other === name).join('')).join('');
}

import { NOTIFY } from 'easync';

/** What a trader tells, in the order in which it does (fixtures/trader/promises.js). */
export type Told =
  | { begin: Kind; key: string; how?: string; poll?: boolean; to?: string; port?: string; backupOf?: string }
  | { keep: string; outcome?: string | number; handled?: string; text?: string }
  | { drop: string }
  /** No backup any more: the earlier one is given back. */
  | { unset: string }
  | { fault: string };

type Kind = 'call' | 'once' | 'dead' | 'none' | 'room';

export type TraderRecord = { name: string; killed: boolean; told: readonly Told[] };

/** A promise to a trader. `kept` is how often; `late` how often after the trader had let it go. */
type Promised = {
  kind: Kind;
  key: string;
  how: string | undefined;
  poll: boolean;
  kept: number;
  late: number;
  dropped: boolean;
  outcome: string | number | undefined;
  handled: string | undefined;
};

/**
 * Compares what traders were promised with what they were told, and calls with what reached a port: lines of call, port, sender, number
 * and who got it. `killsLose`: what a trader had sent before it was killed may be lost, and so what it said it had taken.
 */
export function judgeTransfers(
  traders: readonly TraderRecord[],
  lines: readonly string[],
  { killsLose = false } = {},
): { faults: string[]; tally: Map<string, number> } {
  const faults: string[] = [];
  const tally = new Map<string, number>();
  const excused = new Set(traders.flatMap(({ name, killed }) => (killed && killsLose ? [name] : [])));
  const logged = lines.map((line) => entryOf(line, excused));
  const reached = new Map<string, Entry[]>();
  for (const entry of logged) reached.set(entry.call, [...(reached.get(entry.call) ?? []), entry]);
  for (const { name, killed, told } of traders) {
    for (const promise of promisesOf(told, faults).values()) {
      const word = `${promise.kind} ${promise.kept === 0 ? 'open' : (promise.outcome ?? 'kept')}`;
      tally.set(word, (tally.get(word) ?? 0) + 1);
      const found = faultsOf(promise, killed, reached.get(promise.key) ?? []);
      for (const fault of found) faults.push(`${name}: ${JSON.stringify(promise)}: ${fault}`);
    }
  }
  return { faults: [...faults, ...orderFaults(logged), ...backupFaults(traders)], tally };
}

/** A call that has reached a port. */
type Entry = { call: string; stream: string; n: number; by: string; isExcused: boolean };

function entryOf(line: string, excused: ReadonlySet<string>): Entry {
  const [call = '', port, from, n, by = ''] = line.split(',');
  return { call, stream: `${port} from ${from}`, n: Number(n), by, isExcused: excused.has(by) };
}

function promisesOf(told: readonly Told[], faults: string[]): Map<string, Promised> {
  const promises = new Map<string, Promised>();
  for (const one of told) {
    if ('fault' in one) faults.push(one.fault);
    else if ('begin' in one) {
      const { begin: kind, key, how, poll = false } = one;
      const nothing = { kept: 0, late: 0, dropped: false, outcome: undefined, handled: undefined };
      promises.set(key, { kind, key, how, poll, ...nothing });
    } else if (!('unset' in one)) {
      const promise = promises.get('drop' in one ? one.drop : one.keep);
      if (promise === undefined) faults.push(`told of what never began: ${JSON.stringify(one)}`);
      else if ('drop' in one) promise.dropped = true;
      else {
        promise.kept += 1;
        if (promise.dropped) promise.late += 1;
        promise.outcome = one.outcome;
        promise.handled = one.handled;
      }
    }
  }
  return promises;
}

function* faultsOf(promise: Promised, killed: boolean, reached: readonly Entry[]): Generator<string> {
  const { kind, kept, late, dropped } = promise;
  if (kept > 1) yield `it was kept ${kept} times`;
  if (kept === 0 && !dropped && !killed) yield 'it was never kept';
  // A port in transit still has its watcher for senders; a handle that was let go watches nothing.
  if (late > 0 && (kind === 'dead' || kind === 'room')) yield 'it was kept after it was let go';
  if (kind === 'call') yield* callFaults(promise, reached);
}

function* callFaults({ how, poll, outcome, handled }: Promised, reached: readonly Entry[]): Generator<string> {
  if (reached.filter(({ isExcused }) => !isExcused).length > 1) yield 'a port got it more than once';
  if (outcome === undefined) return;
  // One-way: accepted is all it says.
  if (outcome === 'ok' && how !== 'note' && reached.length === 0) yield 'it succeeded and reached nobody';
  if (outcome !== 'ok' && !EXPECTED.has(outcome) && !(poll && outcome === 'MACH_SEND_TIMED_OUT')) {
    yield 'nothing explains this outcome';
  }
  if (outcome !== 'ok' && handled === undefined) yield 'it does not say whether it was handled';
  if (handled === 'no' && reached.length > 0) yield 'it says it was not handled, and was';
}

const EXPECTED: ReadonlySet<string | number> = new Set(['ESERVERDIED', 'MACH_SEND_INVALID_DEST', 'ETIMEDOUT']);

/** Of what one trader sent to one port some may be missing; it is never seen before an older one. */
function* orderFaults(logged: readonly Entry[]): Generator<string> {
  const last = new Map<string, Entry>();
  for (const entry of logged) {
    const { stream, n, by, isExcused } = entry;
    if (isExcused) continue;
    const before = last.get(stream);
    if (before !== undefined && n <= before.n)
      yield `${stream}: ${n} came after ${before.n} (to ${by} after ${before.by})`;
    last.set(stream, entry);
  }
}

/** A backup is given back (71) only if another takes its place, or none does; else the port comes there (69) instead of dying. */
function* backupFaults(traders: readonly TraderRecord[]): Generator<string> {
  const told = traders.flatMap((trader) => trader.told);
  const portOf = new Map<string, string>();
  const calls = new Map<string, number>();
  const givenBack = new Map<string, number>();
  const add = (to: Map<string, number>, port: string): unknown => to.set(port, (to.get(port) ?? 0) + 1);
  for (const one of told) {
    if ('unset' in one) add(calls, one.unset);
    if (!('begin' in one) || one.backupOf === undefined) continue;
    portOf.set(one.key, one.backupOf);
    add(calls, one.backupOf);
  }
  for (const one of told) {
    const port = 'keep' in one && one.outcome === NOTIFY.SEND_ONCE ? portOf.get(one.keep) : undefined;
    if (port !== undefined) add(givenBack, port);
  }
  for (const [port, count] of givenBack) {
    const most = (calls.get(port) ?? 0) - 1;
    if (count > most) yield `${port}: ${count} backups were given back, and ${most} at most were replaced`;
  }
}

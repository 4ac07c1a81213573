/** Operation (or effect, or notification) → code → how often it came. */
export type Tally = Map<string, Map<string, number>>;

export function count(tally: Tally, what: string, code: string | number): void {
  const codes = tally.get(what) ?? new Map<string, number>();
  tally.set(what, codes.set(String(code), (codes.get(String(code)) ?? 0) + 1));
}

/** Of the calls made: how many did what they were asked to do, or will. */
export function successRate(tally: Tally): number {
  let calls = 0;
  let done = 0;
  for (const [what, codes] of tally) {
    if (/^(effect|notification|situation|another’s) /.test(what)) continue;
    for (const [code, times] of codes) {
      calls += times;
      if (code === '0' || code === 'blocked' || code === 'waiting') done += times;
    }
  }
  return done / calls;
}

export function printTally(tally: Tally): string {
  const rows = [...tally].toSorted(([a], [b]) => a.localeCompare(b));
  return rows.map(([what, codes]) => `${what.padEnd(26)} ${printCodes(codes)}`).join('\n');
}

function printCodes(codes: Map<string, number>): string {
  const byCount = [...codes].toSorted(([, a], [, b]) => b - a);
  return byCount.map(([code, times]) => `${code}: ${times}`).join(', ');
}

/** A call as its client saw it. `ended` is how often an outcome was told; a killed client tells of no more. */
export type CallRecord = {
  id: string;
  routine: string;
  ended: number;
  outcome: string | undefined;
  handled: string | undefined;
  clientKilled: boolean;
};

/** Compares what clients were told with what drivers had done. */
export function judge(calls: readonly CallRecord[], handled: readonly string[]): { faults: string[]; tally: string } {
  const times = new Map<string, number>();
  for (const id of handled) times.set(id, (times.get(id) ?? 0) + 1);
  const faults: string[] = [];
  const outcomes = new Map<string, number>();
  for (const call of calls) {
    const done = times.get(call.id) ?? 0;
    const key =
      call.outcome === undefined ? 'died with its client' : [call.outcome, call.handled].filter(Boolean).join(' ');
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    for (const fault of faultsOf(call, done)) faults.push(`${JSON.stringify(call)}, handled ${done} times: ${fault}`);
  }
  return { faults, tally: [...outcomes].map(([key, count]) => `${count} ${key}`).join(', ') };
}

function* faultsOf({ routine, ended, outcome, handled, clientKilled }: CallRecord, done: number): Generator<string> {
  if (ended > 1) yield 'it settled more than once';
  if (ended === 0 && !clientKilled) yield 'it never settled';
  if (done > 1) yield 'a driver got it more than once';
  if (outcome === undefined) return;
  // One-way: accepted is all it says.
  if (outcome === 'ok' && routine !== 'note' && done === 0) yield 'it succeeded and no driver had it';
  if (outcome === 'ok' && routine === 'never') yield 'it was never answered';
  if (outcome !== 'ok' && !EXPECTED.has(outcome)) yield 'no kill explains this outcome';
  if (outcome !== 'ok' && handled === undefined) yield 'it does not say whether it was handled';
  if (handled === 'no' && done !== 0) yield 'it says it was not handled';
}

const EXPECTED = new Set(['ESERVERDIED', 'EBROKERDIED', 'MACH_SEND_INVALID_DEST']);

import { SHOULD_RETURN, VM_PROT } from '../wire/index.ts';
import { nextGen, nextId, send, unitAt } from './core.ts';
import type { Core } from './core.ts';
import type { Lock, UnitId } from './state.ts';

/** The most units that are read at once. */
const READ_UNITS = 64;

/** What was asked for since the last time, neighbours joined: one `lock_request` and one read for a run of units. */
export function joinWanted(core: Core): void {
  const { wantedReads, locks, reads } = core.state;
  let { wantedLocks } = core.state;
  core.state.wantedLocks = [];
  core.state.wantedReads = [];
  for (let [one] = wantedLocks; one !== undefined; [one] = wantedLocks) {
    const { kernel, kind } = one;
    const alike = (lock: Omit<Lock, 'first' | 'count'>): boolean => lock.kernel === kernel && lock.kind === kind;
    const units = wantedLocks.filter(alike).map(({ unit }) => unit);
    wantedLocks = wantedLocks.filter((lock) => !alike(lock));
    for (const run of runsOf(units)) {
      const reqId = nextId(core);
      const lock = { kernel, kind, ...run };
      locks.set(reqId, lock);
      request(core, reqId, lock);
    }
  }
  const isApart = (id: UnitId): boolean => unitAt(core, id).apart;
  const together = wantedReads.filter((id) => !isApart(id));
  for (const run of [...runsOf(together, READ_UNITS), ...runsOf(wantedReads.filter(isApart), 1)]) {
    const id = nextId(core);
    reads.set(id, run);
    const { pageSize } = core.options;
    core.effects.push({ type: 'read', id, offset: run.first * pageSize, length: run.count * pageSize });
  }
}

function request(core: Core, reqId: number, { kernel, kind, first, count }: Lock): void {
  const unit = core.options.pageSize;
  // Whole pages of the kernel: what lies beside the units goes with them.
  const page = Math.max(unit, core.state.kernels.get(kernel)?.pageSize ?? unit);
  const offset = Math.floor((first * unit) / page) * page;
  const length = Math.ceil(((first + count) * unit) / page) * page - offset;
  send(core, kernel, {
    kind: 'memory_object_lock_request',
    reqId,
    answers: 0,
    offset,
    length,
    shouldReturn: SHOULD_RETURN.DIRTY,
    shouldFlush: kind === 'flush',
    lock: kind === 'demote' ? VM_PROT.WRITE : VM_PROT.NO_CHANGE,
    gen: kind === 'demote' ? nextGen(core) : 0,
  });
}

/** Neighbours as one, and no run longer than `most`. */
export function runsOf(units: readonly UnitId[], most = Number.MAX_SAFE_INTEGER): { first: UnitId; count: number }[] {
  const runs: { first: UnitId; count: number }[] = [];
  for (const unit of units.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.count === unit && last.count < most) last.count += 1;
    else runs.push({ first: unit, count: 1 });
  }
  return runs;
}

import { SHOULD_RETURN, VM_PROT } from '../wire/index.ts';
import { answer } from './answer.ts';
import { grant } from './copies.ts';
import { finish, nextGen, nextId, send, unitAt, unitsOf } from './core.ts';
import type { Core } from './core.ts';
import type { Request, Unit } from './state.ts';
import { load } from './store.ts';

/**
 * Brings a request as far as it gets: first in all its queues, then everybody who is in its way has given up what is, then the bytes
 * are there. It is called again whenever one of these has changed.
 */
export function advance(core: Core, request: Request): void {
  const units = unitsOf(core, request);
  if (units.some((unit) => unit.queue[0] !== request.id)) return;
  if (request.kind === 'unlock' && !units.every((unit) => core.rules.holds(unit, request))) {
    flushUnasked(core, request);
    finish(core, request);
    return;
  }
  if (!request.recalled) recall(core, request);
  if (!units.every((unit) => core.rules.givenUp(unit))) return;
  if (request.kind === 'clean' || request.kind === 'flush') finish(core, request);
  else if (request.kind === 'unlock') unlock(core, request, units);
  else if (load(core, request)) {
    answer(core, request, units);
    finish(core, request);
  }
}

/**
 * The kernel has not what it wants to have unlocked, or may not: it forgets the page if it has one, and asks anew (P7, P13). Dirty
 * bytes come back first, and nothing is recorded.
 */
export function flushUnasked(core: Core, { kernel, reqId, offset, length }: Request): void {
  send(core, kernel, { ...FLUSH, reqId: 0, answers: reqId, offset, length });
}

const FLUSH = {
  kind: 'memory_object_lock_request',
  shouldReturn: SHOULD_RETURN.DIRTY,
  shouldFlush: true,
  lock: VM_PROT.NO_CHANGE,
  gen: 0,
} as const;

function recall(core: Core, request: Request): void {
  request.recalled = true;
  let settles = false;
  for (let id = request.first; id < request.first + request.count; id += 1) {
    const unit = unitAt(core, id);
    for (const copy of unit.copies) {
      const kind = core.rules.conflict(unit, copy, request);
      if (kind === 'settle') settles = true;
      if (kind === null || kind === 'settle') continue;
      unit.locks += 1;
      core.state.wantedLocks.push({ kernel: copy.kernel, unit: id, kind });
    }
  }
  if (settles) settle(core, request);
}

/** The pages that the kernel asked for and no others: of a unit it may have others, and goes on to write them. */
function settle(core: Core, { kernel, offset, length, first, count }: Request): void {
  const reqId = nextId(core);
  core.state.locks.set(reqId, { kernel, kind: 'settle', first, count });
  for (const unit of unitsOf(core, { first, count })) unit.locks += 1;
  send(core, kernel, { ...FLUSH, reqId, answers: 0, offset, length });
}

function unlock(core: Core, request: Request, units: readonly Unit[]): void {
  const { kernel, reqId, offset, length } = request;
  const write = request.write || units.every((unit) => unit.owner?.kernel === kernel);
  const gen = nextGen(core);
  grant(units, kernel, write, gen);
  send(core, kernel, {
    kind: 'memory_object_lock_request',
    reqId: 0,
    answers: reqId,
    offset,
    length,
    shouldReturn: SHOULD_RETURN.NONE,
    shouldFlush: false,
    lock: write ? VM_PROT.NONE : VM_PROT.WRITE,
    gen,
  });
  finish(core, request);
}

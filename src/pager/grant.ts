import { SHOULD_RETURN, VM_PROT } from '../wire/index.ts';
import { answer } from './answer.ts';
import { grant } from './copies.ts';
import { finish, nextGen, send, unitAt, unitsOf } from './core.ts';
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
  send(core, kernel, {
    kind: 'memory_object_lock_request',
    reqId: 0,
    answers: reqId,
    offset,
    length,
    shouldReturn: SHOULD_RETURN.DIRTY,
    shouldFlush: true,
    lock: VM_PROT.NO_CHANGE,
    gen: 0,
  });
}

function recall(core: Core, request: Request): void {
  request.recalled = true;
  for (let id = request.first; id < request.first + request.count; id += 1) {
    const unit = unitAt(core, id);
    for (const copy of unit.copies) {
      const kind = core.rules.conflict(unit, copy, request);
      if (kind === null) continue;
      unit.locks += 1;
      core.state.wantedLocks.push({ kernel: copy.kernel, unit: id, kind });
    }
  }
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

import type { Handlers } from './messages.ts';
import type { Rules } from './rules.ts';
import type { Effect, MasterOptions, Request, State, ToKernel, Unit, UnitId } from './state.ts';

/** What the functions of the machine work on. */
export type Core = {
  state: State;
  readonly options: MasterOptions;
  readonly rules: Rules;
  readonly handlers: Handlers;
  effects: Effect[];
};

export function send(core: Core, kernel: number, message: ToKernel): void {
  core.effects.push({ type: 'send', kernel, message });
}

export function nextGen(core: Core): number {
  core.state.gen += 1;
  return core.state.gen;
}

export function nextId(core: Core): number {
  const id = core.state.nextId;
  core.state.nextId += 1;
  return id;
}

/** Puts a request into the queues of all its units at once: all queues have the same order, so that none waits in a circle. */
export function enqueue(core: Core, asked: Omit<Request, 'id' | 'recalled'>): void {
  const request = { ...asked, id: nextId(core), recalled: false };
  core.state.requests.set(request.id, request);
  for (const unit of unitsOf(core, request)) unit.queue.push(request.id);
  count(core, request, 1);
  core.state.stirred.add(request.id);
}

/** Takes it out of the queues, and lets those behind it have their turn. */
export function finish(core: Core, request: Request): void {
  core.state.requests.delete(request.id);
  count(core, request, -1);
  for (let id = request.first; id < request.first + request.count; id += 1) {
    const unit = unitAt(core, id);
    if (unit.queue[0] === request.id) unit.loaded = null;
    unit.queue = unit.queue.filter((queued) => queued !== request.id);
    stirHead(core, unit);
    forgetIfIdle(core, id, unit);
  }
  const job = core.state.jobs.get(request.job);
  if (job !== undefined) job.left -= 1;
}

function count(core: Core, { kernel: id, kind }: Pick<Request, 'kernel' | 'kind'>, by: 1 | -1): void {
  const kernel = core.state.kernels.get(id);
  if (kernel === undefined) return;
  if (kind === 'request') kernel.requests += by;
  else if (kind === 'unlock') kernel.unlocks += by;
}

export function unitsOf(core: Core, range: { first: UnitId; count: number }): Unit[] {
  return unitIds(range).map((id) => unitAt(core, id));
}

export function unitIds({ first, count }: { first: UnitId; count: number }): UnitId[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

export function unitAt(core: Core, id: UnitId): Unit {
  let unit = core.state.units.get(id);
  if (unit === undefined) {
    unit = newUnit();
    core.state.units.set(id, unit);
  }
  return unit;
}

/** Units with bytes that were returned and are not stored. */
export function unstored(core: Core): Unit[] {
  return [...core.state.unstored].map((id) => unitAt(core, id));
}

export function stirHead(core: Core, unit: Unit): void {
  const head = unit.queue[0];
  if (head !== undefined) core.state.stirred.add(head);
}

export function forgetIfIdle(core: Core, id: UnitId, unit: Unit): void {
  if (unit.copies.length > 0 || unit.queue.length > 0 || unit.locks > 0) return;
  if (unit.returned.length > 0 || unit.storing.length > 0 || unit.reading !== 0 || unit.invalid) return;
  core.state.units.delete(id);
}

function newUnit(): Unit {
  return {
    owner: null,
    copies: [],
    queue: [],
    locks: 0,
    loaded: null,
    reading: 0,
    returned: [],
    storing: [],
    writes: 0,
    failed: false,
    apart: false,
    invalid: false,
  };
}

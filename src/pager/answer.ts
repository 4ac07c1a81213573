import { VM_PROT } from '../wire/index.ts';
import { grant } from './copies.ts';
import { nextGen, send } from './core.ts';
import type { Core } from './core.ts';
import type { Request, Unit } from './state.ts';
import { newest } from './store.ts';

/** EIO: what the reason of a `data_error` is. A kernel drops it. */
const UNREADABLE = 5;

/** Answers a request whose bytes are there, and records that the kernel has them. */
export function answer(core: Core, request: Request, units: readonly Unit[]): void {
  const { kernel, reqId, offset, length } = request;
  if (request.kind === 'ahead') return supplyAhead(core, request, units);
  if (units.some((unit) => unit.loaded === 'error')) {
    send(core, kernel, { kind: 'memory_object_data_error', reqId, offset, length, reason: UNREADABLE });
  } else if (units.every((unit) => isAbsent(core, unit, request))) {
    // A page of zeros is unlocked and has no generation: the kernel is its writer, by the grant 0.
    for (const unit of units) {
      unit.copies = [{ kernel, since: 0 }];
      unit.owner = { kernel, since: 0 };
    }
    send(core, kernel, { kind: 'memory_object_data_unavailable', reqId, offset, length });
  } else {
    supply(core, request, units);
  }
}

function isAbsent(core: Core, unit: Unit, { kernel }: Request): boolean {
  const nobodyElse = unit.copies.every((copy) => copy.kernel === kernel);
  return unit.loaded === 'unavailable' && nobodyElse && !core.options.readOnly && newestIsStore(core, unit);
}

function newestIsStore(core: Core, unit: Unit): boolean {
  return core.rules.overStore(unit).length === 0;
}

function supply(core: Core, request: Request, units: readonly Unit[]): void {
  const { kernel, reqId, first } = request;
  const { pageSize } = core.options;
  const write = request.write || units.every((unit) => unit.owner?.kernel === kernel);
  const gen = nextGen(core);
  const bytes = newest(core, units);
  // Where a page of the kernel is less than a unit it gets all of the unit, if none of its pages can be there already (P3). Not to
  // write: a page that it has asked for meanwhile could be written and returned before the answer comes, which would be older.
  const whole = !write && units.every((unit) => unit.copies.every((copy) => copy.kernel !== kernel));
  const offset = whole ? first * pageSize : request.offset;
  const from = offset - first * pageSize;
  const data = bytes.subarray(from, whole ? bytes.length : from + request.length);
  grant(units, kernel, write, gen);
  const lock = write ? VM_PROT.NONE : VM_PROT.WRITE;
  send(core, kernel, {
    kind: 'memory_object_data_supply',
    reqId,
    replyId: 0,
    offset,
    lock,
    precious: false,
    gen,
    data,
  });
}

/** As far as there is something: what is not, or cannot be read, nobody has asked for. */
function supplyAhead(core: Core, request: Request, units: readonly Unit[]): void {
  const { kernel, first } = request;
  const missing = units.findIndex((unit) => !(unit.loaded instanceof Uint8Array));
  const perPage = Math.max(1, (core.state.kernels.get(kernel)?.pageSize ?? 0) / core.options.pageSize);
  const there = missing === -1 ? units.length : missing - (missing % perPage);
  if (there > 0) supply(core, { ...request, reqId: 0, first }, units.slice(0, there));
}

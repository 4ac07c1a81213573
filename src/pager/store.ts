import { forgetIfIdle, nextId, stirHead, unitAt, unitIds, unitsOf } from './core.ts';
import type { Core } from './core.ts';
import { lay, laidOver } from './pieces.ts';
import type { Piece, Request, Unit, UnitId } from './state.ts';

/**
 * Whether the bytes of all units are in memory; what is missing is read. A unit is never read and written at the same time.
 */
export function load(core: Core, request: Request): boolean {
  let there = true;
  for (let id = request.first; id < request.first + request.count; id += 1) {
    const unit = unitAt(core, id);
    if (unit.loaded !== null || coversAll(core, unit)) continue;
    there = false;
    if (unit.reading !== 0 || !core.rules.mayRead(unit)) continue;
    unit.reading = request.id;
    core.state.wantedReads.push(id);
  }
  return there;
}

/** The newest contents of these units, one after the other. */
export function newest(core: Core, units: readonly Unit[]): Uint8Array {
  const { pageSize } = core.options;
  const bytes = new Uint8Array(units.length * pageSize);
  for (const [index, unit] of units.entries()) {
    if (unit.loaded instanceof Uint8Array) bytes.set(unit.loaded, index * pageSize);
    laidOver(bytes, index * pageSize, core.rules.overStore(unit));
  }
  return bytes;
}

export function readDone(core: Core, id: number, result: Uint8Array | 'unavailable' | 'error'): void {
  const read = core.state.reads.get(id);
  if (read === undefined) return;
  core.state.reads.delete(id);
  const { pageSize } = core.options;
  for (const [index, unit] of unitsOf(core, read).entries()) {
    const bytes = typeof result === 'string' ? result : result.subarray(index * pageSize, (index + 1) * pageSize);
    const request = core.state.requests.get(unit.reading);
    // Nobody waits for what is read ahead.
    unit.apart = result === 'error' && read.count > 1 && request?.kind !== 'ahead';
    // Who asked for it may have died: for the next it may be too old.
    if (unit.queue[0] === unit.reading && !unit.apart) unit.loaded = bytes;
    unit.reading = 0;
    stirHead(core, unit);
    forgetIfIdle(core, read.first + index, unit);
  }
  startWrites(core, unitIds(read));
}

/** Returned bytes are the newest contents of (a part of) a unit from now on. They are copied: a message's memory is used again. */
export function keep(core: Core, id: UnitId, at: number, bytes: Uint8Array): void {
  const unit = unitAt(core, id);
  core.state.seq += 1;
  lay(unit.returned, { at, data: bytes.slice(), seq: core.state.seq });
  core.state.unstored.add(id);
  unit.failed = false;
  unit.invalid = false;
}

/** One write of a unit at a time; what is returned meanwhile is written after it. Neighbours go in one. */
export function startWrites(core: Core, ids: readonly UnitId[]): void {
  const { pageSize } = core.options;
  let run: { offset: number; parts: Piece[]; units: UnitId[]; end: number } | null = null;
  for (const id of ids.toSorted((a, b) => a - b)) {
    const unit = core.state.units.get(id);
    if (unit === undefined || unit.returned.length === 0) continue;
    if (unit.storing.length > 0 || unit.reading !== 0 || unit.failed) continue;
    unit.storing = unit.returned;
    unit.returned = [];
    for (const piece of unit.storing.toSorted((a, b) => a.at - b.at)) {
      const offset = id * pageSize + piece.at;
      if (run === null || run.end !== offset || unit.apart) {
        if (run !== null) write(core, run);
        run = { offset, parts: [], units: [], end: offset };
      }
      run.parts.push(piece);
      run.units.push(id);
      run.end = offset + piece.data.length;
    }
  }
  if (run !== null) write(core, run);
}

export function written(core: Core, id: number, ok: boolean): void {
  const done = core.state.writes.get(id);
  if (done === undefined) return;
  core.state.writes.delete(id);
  if (!ok && done.units.length === 1) core.effects.push({ type: 'failed', offset: done.offset, length: done.length });
  const settled: UnitId[] = [];
  for (const unitId of done.units) {
    const unit = unitAt(core, unitId);
    unit.apart = !ok && done.units.length > 1;
    if (!ok) unit.failed = true;
    unit.writes -= 1;
    if (unit.writes > 0) continue;
    if (unit.failed) {
      const newer = unit.returned;
      unit.returned = unit.storing;
      for (const piece of newer) lay(unit.returned, piece);
    } else {
      // It was read before, and has waited for its neighbours' bytes: the store is newer now.
      unit.loaded = null;
    }
    unit.storing = [];
    if (unit.apart) unit.failed = false;
    if (unit.returned.length === 0) core.state.unstored.delete(unitId);
    stirHead(core, unit);
    settled.push(unitId);
  }
  startWrites(core, settled);
  for (const unitId of settled) forgetIfIdle(core, unitId, unitAt(core, unitId));
}

function write(core: Core, run: { offset: number; parts: Piece[]; units: UnitId[]; end: number }): void {
  const id = nextId(core);
  const length = run.end - run.offset;
  const data = new Uint8Array(length);
  let at = 0;
  for (const part of run.parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  core.state.writes.set(id, { offset: run.offset, length, units: run.units });
  for (const unit of run.units) unitAt(core, unit).writes += 1;
  core.effects.push({ type: 'write', id, offset: run.offset, data });
}

function coversAll(core: Core, unit: Unit): boolean {
  return core.rules.overStore(unit).some(({ at, data }) => at === 0 && data.length === core.options.pageSize);
}

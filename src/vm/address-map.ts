import type { Code, ErrorCode } from '../errors.ts';
import { type Machine, stirObject } from './machine.ts';
import { isNumber } from './range.ts';
import type { Region, State } from './state.ts';
import type { Access, ObjectId, Page, TaskId } from './types.ts';

/** Part of a range that lies in one page. */
export type Piece = { object: ObjectId; page: Page; at: number; bytes: number; bufferAt: number };

export function addRegion(m: Machine, task: TaskId, region: Region): void {
  const regions = regionsOf(m.state, task);
  regions.splice(firstEndingAfter(regions, region.address), 0, region);
  m.state.maps.set(task, regions);
  count(m, region, 1);
}

/** Unmaps what is mapped there; holes do not matter. `KERN_RESOURCE_SHORTAGE` if it would leave too many pieces. */
export function removeRange(m: Machine, task: TaskId, address: number, size: number): Code {
  const regions = regionsOf(m.state, task);
  const cut = cutOut(m, regions, { address, size, leaves: 0 });
  if (cut === 'KERN_RESOURCE_SHORTAGE') return cut;
  for (const region of cut) regions.splice(regions.indexOf(region), 1);
  for (const region of cut) count(m, region, -1);
  if (regions.length === 0) m.state.maps.delete(task);
  return 0;
}

/** `KERN_INVALID_ADDRESS` over a hole, `KERN_PROTECTION_FAILURE` beyond the maximum. */
export function protectRange(
  m: Machine,
  task: TaskId,
  range: { address: number; size: number; setMaximum: boolean; protection: Access },
): Code {
  const { address, size, setMaximum, protection } = range;
  const regions = regionsOf(m.state, task);
  const touched = overlapping(regions, address, size);
  if (hasHole(touched, address, size)) return 'KERN_INVALID_ADDRESS';
  if (touched.some(({ maximum }) => (protection & ~maximum) !== 0)) return 'KERN_PROTECTION_FAILURE';
  const cut = cutOut(m, regions, { address, size, leaves: 1 });
  if (cut === 'KERN_RESOURCE_SHORTAGE') return cut;
  for (const region of cut) {
    if (setMaximum) region.maximum = protection;
    region.protection = setMaximum ? region.protection & protection : protection;
  }
  return 0;
}

/** The range, page by page, if all of it is mapped and permits the access. */
export function resolve(m: Machine, task: TaskId, address: number, size: number, access: Access): Piece[] | ErrorCode {
  const touched = overlapping(regionsOf(m.state, task), address, size);
  const code = checkRange(touched, address, size, access);
  return code === 0 ? touched.flatMap((region) => piecesOf(m, region, address, size)) : code;
}

export function check(m: Machine, task: TaskId, address: number, size: number, access: Access): Code {
  return checkRange(overlapping(regionsOf(m.state, task), address, size), address, size, access);
}

/** The region that the address is in, or the next above. */
export function regionAt(m: Machine, task: TaskId, address: number): Region | undefined {
  const regions = regionsOf(m.state, task);
  return regions[firstEndingAfter(regions, address)];
}

export function regionsOf(state: State, task: TaskId): Region[] {
  return state.maps.get(task) ?? [];
}

function checkRange(touched: readonly Region[], address: number, size: number, access: Access): Code {
  if (!isNumber(address) || !isNumber(size) || hasHole(touched, address, size)) return 'KERN_INVALID_ADDRESS';
  return touched.some(({ protection }) => (access & ~protection) !== 0) ? 'KERN_PROTECTION_FAILURE' : 0;
}

function hasHole(touched: readonly Region[], address: number, size: number): boolean {
  let reached = address;
  for (const region of touched) {
    if (region.address > reached) return true;
    reached = region.address + region.size;
  }
  return reached < address + size;
}

function piecesOf(m: Machine, region: Region, address: number, size: number): Piece[] {
  const { pageBytes } = m.limits;
  const pieces: Piece[] = [];
  const end = Math.min(address + size, region.address + region.size);
  for (let from = Math.max(address, region.address); from < end;) {
    const offset = region.offset + from - region.address;
    const at = offset % pageBytes;
    const bytes = Math.min(pageBytes - at, end - from);
    pieces.push({ object: region.object, page: (offset - at) / pageBytes, at, bytes, bufferAt: from - address });
    from += bytes;
  }
  return pieces;
}

/** The regions that make up the mapped part of the range, those at its ends cut in two. `leaves`: how many are left of each. */
function cutOut(
  m: Machine,
  regions: Region[],
  { address, size, leaves }: { address: number; size: number; leaves: 0 | 1 },
): Region[] | 'KERN_RESOURCE_SHORTAGE' {
  const cuts = [address, address + size].flatMap((at) => {
    const region = regions[firstEndingAfter(regions, at)];
    return region !== undefined && region.address < at ? [at] : [];
  });
  const more = cuts.length - (leaves === 1 ? 0 : overlapping(regions, address, size).length);
  if (more > 0 && regions.length + more > m.limits.regionsPerTask) return 'KERN_RESOURCE_SHORTAGE';
  for (const at of cuts) splitAt(m, regions, at);
  return overlapping(regions, address, size);
}

function splitAt(m: Machine, regions: Region[], at: number): void {
  const index = firstEndingAfter(regions, at);
  const region = regions[index];
  if (region === undefined) return;
  const head = at - region.address;
  const tail = { ...region, address: at, size: region.size - head, offset: region.offset + head };
  region.size = head;
  regions.splice(index + 1, 0, tail);
  count(m, tail, 1);
}

/** The regions that have a part of the range. */
export function overlapping(regions: readonly Region[], address: number, size: number): Region[] {
  const found: Region[] = [];
  for (let index = firstEndingAfter(regions, address); index < regions.length; index += 1) {
    const region = regions[index];
    if (region === undefined || region.address >= address + size) break;
    found.push(region);
  }
  return found;
}

function firstEndingAfter(regions: readonly Region[], address: number): number {
  let low = 0;
  let high = regions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const region = regions[middle];
    if (region !== undefined && region.address + region.size <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

function count(m: Machine, region: Region, by: number): void {
  const object = m.state.objects.get(region.object);
  if (object === undefined) return;
  object.mapped += by;
  stirObject(m, object);
}

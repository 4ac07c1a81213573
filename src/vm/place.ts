import type { ErrorCode } from '../errors.ts';
import { overlapping, regionsOf } from './address-map.ts';
import type { Machine } from './machine.ts';
import { isNumber, upTo } from './range.ts';
import type { TaskId } from './types.ts';

/** One past the last address. Page 0 is never mapped, so that an address of 0 is always a mistake. */
const TOP = 2 ** 47;

export type Placement = { address: number; size: number; mask: number; anywhere: boolean };

/** Where a new region goes, whose size is whole pages. */
export function findPlace(m: Machine, task: TaskId, { address, size, mask, anywhere }: Placement): number | ErrorCode {
  const { pageBytes, regionsPerTask, mappedBytesPerTask } = m.limits;
  const regions = regionsOf(m.state, task);
  if (!isMask(mask)) return 'KERN_INVALID_ARGUMENT';
  if (regions.length >= regionsPerTask) return 'KERN_RESOURCE_SHORTAGE';
  const mapped = regions.reduce((sum, region) => sum + region.size, 0);
  if (mapped + size > mappedBytesPerTask) return 'KERN_RESOURCE_SHORTAGE';
  if (!anywhere) {
    if (address % pageBytes !== 0) return 'KERN_INVALID_ARGUMENT';
    const fits = address >= pageBytes && address + size <= TOP && address % (mask + 1) === 0;
    return fits && overlapping(regions, address, size).length === 0 ? address : 'KERN_NO_SPACE';
  }
  const step = Math.max(pageBytes, mask + 1);
  let place = upTo(Math.max(address, pageBytes), step);
  for (const region of regions) {
    if (region.address + region.size <= place) continue;
    if (region.address >= place + size) break;
    place = upTo(region.address + region.size, step);
  }
  return place + size <= TOP ? place : 'KERN_NO_SPACE';
}

/** Ones below zeros, as in `2 ** n - 1`: the alignment of the address. */
function isMask(mask: number): boolean {
  return isNumber(mask) && mask < TOP && Number.isInteger(Math.log2(mask + 1));
}

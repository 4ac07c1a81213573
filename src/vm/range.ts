import { VM_PROT } from '../wire/index.ts';
import type { Machine } from './machine.ts';
import type { Access } from './types.ts';

/** A range as Mach takes it: whole pages around it. Null if it is no range at all. */
export function pagesAround(m: Machine, address: number, size: number): { address: number; size: number } | null {
  if (!isNumber(address) || !isNumber(size)) return null;
  const start = address - (address % m.limits.pageBytes);
  return { address: start, size: size === 0 ? 0 : upTo(address + size, m.limits.pageBytes) - start };
}

export function isProtection(protection: Access): boolean {
  return isNumber(protection) && protection <= VM_PROT.ALL;
}

export function isNumber(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

export function upTo(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

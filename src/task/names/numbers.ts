import { IpcError } from '../../errors.ts';
import { DEAD_NAME, type Name, NULL_NAME } from '../../kernel/types.ts';

// A caller's number may be anything: a fraction, out of its field's range, no number at all. What a field cannot hold becomes
// something that it can and that the kernel refuses with the code for a bad value there, in its turn among the checks.

/** A name to look up, or a new one: NULL is neither. */
export function nameOf(value: number): Name {
  return isU32(value) ? value : NULL_NAME;
}

/** Where NULL means something: DEAD is never an entry either. */
export function otherNameOf(value: number): Name {
  return isU32(value) ? value : DEAD_NAME;
}

/** Where NULL would mean that nothing is asked for. */
export function receiveRightOf(value: number): Name {
  return isU32(value) && value !== NULL_NAME ? value : DEAD_NAME;
}

/** Also of a right number, a variant, a qlimit: the greatest is none. */
export function numberOf(value: number): number {
  return isU32(value) ? value : 0xffffffff;
}

/** 255 is no disposition. */
export function dispositionOf(value: number): number {
  return isU32(value) && value < 0xff ? value : 0xff;
}

/** Beyond 32 bits every delta is too much for any right; a fraction leads nowhere, as less than nothing does. */
export function deltaOf(value: number): number {
  return Number.isInteger(value) ? Math.max(LEAST, Math.min(GREATEST, value)) : LEAST;
}

/**
 * A counter, which holds any integer: 32 bits of it, as C has it.
 *
 * @throws IpcError EINVAL
 */
export function counterOf(value: number, what: string): number {
  if (Number.isInteger(value)) return Number(BigInt.asUintN(32, BigInt(value)));
  throw new IpcError('EINVAL', `${what} is an integer, not ${value}`);
}

export function isU32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}

const LEAST = -(2 ** 31);
const GREATEST = 2 ** 31 - 1;

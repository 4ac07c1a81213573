import { IpcError, ProtocolError } from '../errors.ts';

const TWO_32 = 2 ** 32;
const SAFE_HIGH = 0x1fffff;

/** Little-endian numbers in bytes. Writers throw EINVAL for a value that does not fit; readers take bytes that are there. */
export function put16(to: Uint8Array, at: number, value: number): void {
  if ((value & 0xffff) !== value) throw doesNotFit(value, 'u16');
  to[at] = value;
  to[at + 1] = value >>> 8;
}

export function put32(to: Uint8Array, at: number, value: number): void {
  if (value >>> 0 !== value) throw doesNotFit(value, 'u32');
  to[at] = value;
  to[at + 1] = value >>> 8;
  to[at + 2] = value >>> 16;
  to[at + 3] = value >>> 24;
}

export function put64(to: Uint8Array, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw doesNotFit(value, 'u64');
  put32(to, at, value >>> 0);
  put32(to, at + 4, Math.floor(value / TWO_32));
}

export function get16(from: Uint8Array, at: number): number {
  return (from[at] ?? 0) | ((from[at + 1] ?? 0) << 8);
}

export function get32(from: Uint8Array, at: number): number {
  return (get16(from, at) | (get16(from, at + 2) << 16)) >>> 0;
}

/** Throws `ProtocolError` for what a number cannot hold exactly. */
export function get64(from: Uint8Array, at: number, what: string): number {
  const high = get32(from, at + 4);
  if (high > SAFE_HIGH) throw new ProtocolError(`${what} is above 2^53 - 1`);
  return high * TWO_32 + get32(from, at);
}

function doesNotFit(value: number, type: string): IpcError {
  return new IpcError('EINVAL', `${value} does not fit a ${type} field`);
}

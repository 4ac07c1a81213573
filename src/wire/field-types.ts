import { isUtf8 } from 'node:buffer';
import { type Code, CODES, type Handled, IpcError, ProtocolError } from '../errors.ts';
import type { Descriptor } from './frame.ts';
import { get16, get32, get64, put16, put32, put64 } from './bytes.ts';

/** What a field holds in TypeScript, by the type the wire table gives it. */
export type FieldValues = {
  u8: number;
  u16: number;
  u32: number;
  /** A safe integer. */
  u64: number;
  i32: number;
  bool: boolean;
  /** At most 65,535 bytes of UTF-8. */
  str: string;
  u32s: readonly number[];
  /** A right that is named, not carried: a carried one is a descriptor. */
  right: Descriptor;
  code: Code | 'blocked' | 'waiting';
  handled: Handled | undefined;
  /** Everything to the end of the body; only as the last field. */
  rest: Uint8Array;
};

export type FieldType = keyof FieldValues;

/** How one type of field is written. `read` may trust `from` to hold `size` bytes at `at`, and checks everything else. */
export type FieldCodec<T> = {
  size(value: T): number;
  write(to: Buffer, at: number, value: T): void;
  /** Bytes the field says it takes; more than there are if even its length is not there. */
  sizeAt(from: Buffer, at: number): number;
  read(from: Buffer, at: number, size: number): T;
  /** What the field holds when there is nothing to say. */
  readonly zero: T;
};

export const FIELD_CODECS: { readonly [K in FieldType]: FieldCodec<FieldValues[K]> } = {
  u8: fixed(1, 0, putU8, (from, at) => from[at] ?? 0),
  u16: fixed(2, 0, put16, get16),
  u32: fixed(4, 0, put32, get32),
  u64: fixed(8, 0, put64, (from, at) => get64(from, at, 'the number')),
  i32: fixed(4, 0, putI32, (from, at) => from.readInt32LE(at)),
  bool: fixed(1, false, (to, at, value) => putU8(to, at, value ? 1 : 0), getBool),
  right: fixed(5, { disp: 0, name: 0 }, putRight, (from, at) => ({ disp: from[at] ?? 0, name: get32(from, at + 1) })),
  handled: fixed(1, undefined, (to, at, value) => putU8(to, at, HANDLED.indexOf(value)), getHandled),
  str: {
    size: (value) => 2 + Buffer.byteLength(value),
    write(to, at, value) {
      put16(to, at, to.write(value, at + 2));
    },
    sizeAt: (from, at) => 2 + (at + 2 > from.length ? 0 : get16(from, at)),
    read: (from, at, size) => getString(from.subarray(at + 2, at + size)),
    zero: '',
  },
  code: {
    size: (value) => 1 + (value === 0 ? 0 : value.length),
    write(to, at, value) {
      putU8(to, at, value === 0 ? 0 : to.write(value, at + 1, 'latin1'));
    },
    sizeAt: (from, at) => 1 + (from[at] ?? 0),
    read: (from, at, size) => getCode(from.toString('latin1', at + 1, at + size)),
    zero: 0,
  },
  u32s: {
    size: (value) => 4 + 4 * value.length,
    write(to, at, value) {
      put32(to, at, value.length);
      value.forEach((item, i) => put32(to, at + 4 + 4 * i, item));
    },
    sizeAt: (from, at) => 4 + (at + 4 > from.length ? 0 : 4 * get32(from, at)),
    read: (from, at, size) => Array.from({ length: (size - 4) / 4 }, (_, i) => get32(from, at + 4 + 4 * i)),
    zero: [],
  },
  rest: {
    size: (value) => value.length,
    write: (to, at, value) => to.set(value, at),
    sizeAt: (from, at) => from.length - at,
    read: (from, at, size) => from.subarray(at, at + size),
    zero: new Uint8Array(0),
  },
};

function fixed<T>(
  bytes: number,
  zero: T,
  write: (to: Buffer, at: number, value: T) => void,
  read: (from: Buffer, at: number) => T,
): FieldCodec<T> {
  return { size: () => bytes, sizeAt: () => bytes, write, read, zero };
}

function putU8(to: Buffer, at: number, value: number): void {
  if ((value & 0xff) !== value) throw new IpcError('EINVAL', `${value} does not fit a u8 field`);
  to[at] = value;
}

function putI32(to: Buffer, at: number, value: number): void {
  if ((value | 0) !== value) throw new IpcError('EINVAL', `${value} does not fit an i32 field`);
  to.writeInt32LE(value, at);
}

function putRight(to: Buffer, at: number, { disp, name }: Descriptor): void {
  putU8(to, at, disp);
  put32(to, at + 1, name);
}

function getBool(from: Buffer, at: number): boolean {
  const byte = from[at] ?? 0;
  if (byte > 1) throw new ProtocolError(`${byte} is neither true nor false`);
  return byte === 1;
}

const HANDLED: readonly (Handled | undefined)[] = [undefined, 'no', 'maybe'];

function getHandled(from: Buffer, at: number): Handled | undefined {
  const byte = from[at] ?? 0;
  if (byte >= HANDLED.length) throw new ProtocolError(`${byte} does not say whether it was handled`);
  return HANDLED[byte];
}

function getString(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new ProtocolError('the text is not UTF-8');
  return bytes.toString();
}

type WireCode = FieldValues['code'];
const KNOWN_CODES = new Map<string, WireCode>([
  ['', 0],
  ...[...CODES, 'blocked' as const, 'waiting' as const].map((code): [string, WireCode] => [code, code]),
]);

function getCode(text: string): WireCode {
  const code = KNOWN_CODES.get(text);
  if (code === undefined) throw new ProtocolError(`the code ${JSON.stringify(text)} is unknown`);
  return code;
}

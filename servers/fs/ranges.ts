import { bytesOf, viewOf } from './data.ts';
import { outOfRange, requireInteger, wrongType, wrongValue } from './wrong-call.ts';

export type ReadRange = { buffer: ArrayBufferView; offset: number; length: number; position: number | null };

/** The arguments of `FileHandle.read` in any of its forms. @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_INVALID_ARG_VALUE */
export function readRange([first, second, ...others]: readonly unknown[]): ReadRange {
  if (!ArrayBuffer.isView(first)) {
    if (first !== undefined && (typeof first !== 'object' || first === null)) {
      throw wrongType('options', 'of type object', first);
    }
    const { buffer = Buffer.alloc(DEFAULT_BYTES), ...rest }: Fields = first ?? {};
    if (!ArrayBuffer.isView(buffer))
      throw wrongType('buffer', 'an instance of Buffer, TypedArray, or DataView', buffer);
    return rangeIn(buffer, rest);
  }
  if (typeof second === 'object' && second !== null) return rangeIn(first, second);
  const [length, position] = others;
  return rangeIn(first, { offset: second, length, position });
}

/** The arguments of `FileHandle.write` after the data. The bytes are a copy. @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE */
export function writeRange(data: unknown, args: readonly unknown[]): { bytes: Uint8Array; position: number | null } {
  if (!ArrayBuffer.isView(data)) {
    const [position, encoding] = args;
    return {
      bytes: bytesOf(data, Buffer.isEncoding(String(encoding)) ? (encoding as BufferEncoding) : 'utf8', 'buffer'),
      position: positionOf(position),
    };
  }
  const [second, third, fourth] = args;
  const given: Fields =
    typeof second === 'object' && second !== null ? second : { offset: second, length: third, position: fourth };
  const offset = offsetOf(given.offset);
  const length = typeof given.length === 'number' ? given.length : data.byteLength - offset;
  requireInside(offset, length, data.byteLength);
  const position = positionOf(given.position);
  return { bytes: new Uint8Array(viewOf(data).subarray(offset, offset + length)), position };
}

/**
 * Null for the current position, which Node's is for whatever is no byte of a file. But not for a `bigint`, which its
 * documentation allows.
 */
export function positionOf(position: unknown): number | null {
  const number = typeof position === 'bigint' ? Number(position) : position;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** The `buffers` of `readv` and `writev`. @throws ERR_INVALID_ARG_TYPE */
export function viewsOf(buffers: unknown): ArrayBufferView[] {
  if (Array.isArray(buffers) && buffers.every((each) => ArrayBuffer.isView(each))) return buffers;
  throw wrongType('buffers', 'an ArrayBufferView[]', buffers);
}

type Fields = { buffer?: unknown; offset?: unknown; length?: unknown; position?: unknown };

const DEFAULT_BYTES = 16_384;

function rangeIn(buffer: ArrayBufferView, given: Fields): ReadRange {
  const offset = offsetOf(given.offset);
  const length = given.length ?? buffer.byteLength - offset;
  if (length === 0) return { buffer, offset, length: 0, position: null };
  if (buffer.byteLength === 0) throw wrongValue('buffer', buffer, 'is empty and cannot be written');
  const bytes = requireInteger('length', length, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  requireInside(offset, bytes, buffer.byteLength);
  return { buffer, offset, length: bytes, position: positionOf(given.position) };
}

function offsetOf(offset: unknown): number {
  return offset === undefined || offset === null ? 0 : requireInteger('offset', offset, 0, Number.MAX_SAFE_INTEGER);
}

function requireInside(offset: number, length: number, bytes: number): void {
  if (offset > bytes) throw outOfRange('offset', `<= ${bytes}`, offset);
  if (length > bytes - offset) throw outOfRange('length', `<= ${bytes - offset}`, length);
  if (length < 0) throw outOfRange('length', '>= 0', length);
}

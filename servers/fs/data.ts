import { wrongType } from './wrong-call.ts';

/**
 * The bytes to write, as they are now: a copy, since the caller may go on writing into his memory while they are under way.
 *
 * @throws ERR_INVALID_ARG_TYPE
 */
export function bytesOf(data: unknown, encoding: BufferEncoding = 'utf8', name = 'data'): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(viewOf(data));
  throw wrongType(name, 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}

/** The caller's own memory as bytes. */
export function viewOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Chunks that come one by one: what `writeFile` takes beside whole data. */
export function isChunks(data: unknown): data is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) return false;
  return Symbol.iterator in data || Symbol.asyncIterator in data;
}

import { ProtocolError } from '../errors.ts';
import { type ErrorFields, fillError, newError } from './error-fields.ts';

/** What stands for a value that msgpack cannot hold, and how the value is made of it. The numbers are the wire's. */
export const PATCH = {
  /** A right: null, and the index of its descriptor. */
  RIGHT: 1,
  /** −0: 0. */
  MINUS_ZERO: 2,
  /** A string with lone surrogates: its UTF-16 code units as little-endian bytes. */
  UTF16: 3,
  /** An Error: its fields. */
  ERROR: 4,
  /** An object with keys msgpackr cannot write: key, value, key, value… */
  OBJECT: 5,
  /** An object without a prototype: the same. */
  BARE_OBJECT: 6,
  /** A Map: key, value, key, value… */
  MAP: 7,
  /** A Set: its items. */
  SET: 8,
  /** An array with holes: length, index, value, index, value… */
  SPARSE: 9,
  /** A Number, String, Boolean or BigInt object: its value. */
  BOXED: 10,
  /** A Date: its time. */
  DATE: 11,
  /** Bytes that travel out of line: null, and the index of their descriptor. */
  MEMORY: 12,
} as const;

export type PatchKind = (typeof PATCH)[keyof typeof PATCH];

/** Places that all arrays with holes of a body may have: a length is a claim that nothing backs. */
export const SPARSE_LENGTH = 1 << 20;

/** A value under construction: made first, so that cycles can point to it, and filled when its parts are in place. */
export type Revived = { value: unknown; fill?: () => void };

/**
 * Makes the value a placeholder stands for. `left`: the places that arrays with holes may still have. Throws `ProtocolError` when it
 * stands for nothing.
 */
export function revive(kind: unknown, placeholder: unknown, left: { places: number }): Revived {
  switch (kind) {
    case PATCH.MINUS_ZERO:
      return { value: -0 };
    case PATCH.UTF16:
      return { value: Buffer.from(bytes(placeholder)).toString('utf16le') };
    case PATCH.ERROR: {
      const fields = record(placeholder) as ErrorFields;
      const error = newError(fields);
      return { value: error, fill: () => fillError(error, fields) };
    }
    case PATCH.OBJECT:
      return object({}, list(placeholder));
    case PATCH.BARE_OBJECT:
      return object(Object.create(null) as object, list(placeholder));
    case PATCH.MAP: {
      const map = new Map<unknown, unknown>();
      const entries = list(placeholder);
      return { value: map, fill: () => eachPair(entries, 0, (key, value) => map.set(key, value)) };
    }
    case PATCH.SET: {
      const set = new Set<unknown>();
      const items = list(placeholder);
      return { value: set, fill: () => items.forEach((item) => set.add(item)) };
    }
    case PATCH.SPARSE:
      return sparse(list(placeholder), left);
    case PATCH.BOXED:
      return { value: Object(placeholder) };
    case PATCH.DATE:
      return { value: new Date(number(placeholder)) };
    default:
      throw new ProtocolError(`the body has a patch of unknown kind ${String(kind)}`);
  }
}

function object(value: object, entries: readonly unknown[]): Revived {
  return {
    value,
    fill: () =>
      eachPair(entries, 0, (key, item) => {
        if (typeof key !== 'string') throw new ProtocolError('the body has an object key that is no string');
        // Defined, not assigned: a key may be `__proto__`.
        Object.defineProperty(value, key, { value: item, writable: true, enumerable: true, configurable: true });
      }),
  };
}

function sparse(parts: readonly unknown[], left: { places: number }): Revived {
  const length = number(parts[0]);
  if (!Number.isInteger(length) || length < 0 || length > left.places) {
    throw new ProtocolError(`the body has a sparse array of length ${length}, and room for ${left.places} places`);
  }
  left.places -= length;
  const array = new Array<unknown>(length);
  return {
    value: array,
    fill: () =>
      eachPair(parts, 1, (index, item) => {
        const at = number(index);
        if (!Number.isInteger(at) || at < 0 || at >= length) throw new ProtocolError('the body has a bad array index');
        array[at] = item;
      }),
  };
}

function eachPair(parts: readonly unknown[], from: number, visit: (first: unknown, second: unknown) => void): void {
  if ((parts.length - from) % 2 !== 0) throw new ProtocolError('the body has a key without a value');
  for (let i = from; i < parts.length; i += 2) visit(parts[i], parts[i + 1]);
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new ProtocolError('the body has a patch over no list');
  return value;
}

function record(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError('the body has a patch over no record');
  }
  return value;
}

function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new ProtocolError('the body has a patch over no bytes');
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new ProtocolError('the body has a patch over no number');
  return value;
}

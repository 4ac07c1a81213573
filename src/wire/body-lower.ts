import { types } from 'node:util';
import { PATCH, type PatchKind, SPARSE_LENGTH } from './body-patch.ts';
import { type Path, refuse, refusedAt, refuseThrower } from './body-path.ts';
import { gradeOf, isBytes, isDetached, isPlainKey, isWellFormed, type Outside } from './body-grade.ts';
import { IpcError } from '../errors.ts';
import { errorFields } from './error-fields.ts';
import { isHandle, isRight } from './right-brand.ts';

/** Which value at which place is to be made of its placeholder. Places are counted in the lowered body. */
export type Patch = [kind: PatchKind, place: (string | number)[], descriptor?: number];
export type Lowered = { root: unknown; patches: Patch[] };

/** Gives a right of the body its place among the message's descriptors. Null: it is data like any other. */
export type TakeRight = (right: object, path: Path) => number | null;

/**
 * Copies a body that is not plain into one that is, with a patch for every value that msgpack cannot hold. What cannot
 * arrive equal is refused with its path: EBADBODY.
 */
export function lower(body: unknown, depth: number, takeRight: TakeRight, outside: Outside): Lowered {
  const patches: Patch[] = [];
  /** Of arrays with holes. */
  let places = 0;
  /** What stands for an object, so that cycles and shared parts stay what they are. */
  const copies = new Map<object, { copy: unknown; kind?: PatchKind; descriptor?: number }>();
  /** Where we are, in the owner's body and in the lowered one. */
  const path: (string | number)[] = [];
  const place: (string | number)[] = [];
  try {
    return { root: lowered(body), patches };
  } catch (error) {
    // Whoever threw left the path where it was.
    if (IpcError.is(error)) throw error;
    return refuseThrower(path, error);
  }

  function lowered(value: unknown): unknown {
    if (typeof value === 'number') return Object.is(value, -0) ? patched(PATCH.MINUS_ZERO, 0) : value;
    if (typeof value === 'string') {
      return isWellFormed(value) ? value : patched(PATCH.UTF16, new Uint8Array(Buffer.from(value, 'utf16le')));
    }
    if (typeof value === 'function') refuse(path, 'a function cannot cross a boundary; send a right to a port instead');
    if (typeof value === 'symbol') refuse(path, 'a symbol cannot cross a boundary');
    return typeof value === 'object' && value !== null ? loweredObject(value) : value;
  }

  function descriptorOf(right: object): number | null {
    try {
      return takeRight(right, [...path]);
    } catch (error) {
      throw refusedAt(path, error);
    }
  }

  function loweredObject(value: object): unknown {
    const known = copies.get(value);
    if (known !== undefined) {
      if (known.kind !== undefined) note(known.kind, known.descriptor);
      return known.copy;
    }
    if (isRight(value)) {
      const descriptor = descriptorOf(value);
      if (descriptor === null) return loweredRecord(value);
      if (isHandle(value)) copies.set(value, { copy: null, kind: PATCH.RIGHT, descriptor });
      return patched(PATCH.RIGHT, null, descriptor);
    }
    if (path.length >= depth) refuse(path, `nested deeper than ${depth} levels`);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (Array.isArray(value) && prototype === Array.prototype) return loweredArray(value);
    if (prototype === Object.prototype) {
      return Object.keys(value).every(isPlainKey) ? loweredRecord(value) : loweredPairs(value, PATCH.OBJECT);
    }
    if (prototype === null) return loweredPairs(value, PATCH.BARE_OBJECT);
    if (types.isNativeError(value)) return loweredError(value);
    if (types.isMap(value) && prototype === Map.prototype) return loweredMap(value);
    if (types.isSet(value) && prototype === Set.prototype) return loweredSet(value);
    return loweredLeaf(value, prototype);
  }

  function loweredRecord(value: object): unknown {
    const copy: Record<string, unknown> = {};
    copies.set(value, { copy });
    for (const key of Object.keys(value)) copy[key] = at(key, key, read(value, key));
    return copy;
  }

  function loweredArray(value: readonly unknown[]): unknown {
    const keys = Object.keys(value);
    // Indexes come first.
    const last = keys.at(-1);
    if (last !== undefined && !isIndex(last)) refuseNamed(last);
    if (keys.length < value.length) return loweredSparse(value, keys);
    const copy: unknown[] = [];
    copies.set(value, { copy });
    for (let i = 0; i < value.length; i++) copy.push(at(i, i, read(value, i)));
    return copy;
  }

  function loweredSparse(value: readonly unknown[], indexes: readonly string[]): unknown {
    places += value.length;
    if (places > SPARSE_LENGTH) refuse(path, `an array with holes; all of a body may have ${SPARSE_LENGTH} places`);
    const copy: unknown[] = [value.length];
    placeholder(value, PATCH.SPARSE, copy);
    for (const index of indexes) {
      copy.push(Number(index));
      copy.push(at(Number(index), copy.length, read(value, Number(index))));
    }
    return copy;
  }

  function loweredPairs(value: object, kind: PatchKind): unknown {
    const copy: unknown[] = [];
    placeholder(value, kind, copy);
    for (const key of Object.keys(value)) {
      copy.push(at(key, copy.length, key));
      copy.push(at(key, copy.length, read(value, key)));
    }
    return copy;
  }

  function loweredMap(value: ReadonlyMap<unknown, unknown>): unknown {
    bare(value);
    const copy: unknown[] = [];
    placeholder(value, PATCH.MAP, copy);
    let entry = 0;
    for (const [key, item] of value) {
      const step = `(${entry++})`;
      if (typeof key === 'object' && key !== null && isRight(key))
        refuse([...path, step], 'a right cannot be a Map key');
      copy.push(at(step, copy.length, key));
      copy.push(at(step, copy.length, item));
    }
    return copy;
  }

  function loweredSet(value: ReadonlySet<unknown>): unknown {
    bare(value);
    const copy: unknown[] = [];
    placeholder(value, PATCH.SET, copy);
    for (const item of value) copy.push(at(`(${copy.length})`, copy.length, item));
    return copy;
  }

  function loweredError(value: Error): unknown {
    const copy: Record<string, unknown> = {};
    placeholder(value, PATCH.ERROR, copy);
    const { own = {}, ...fields } = errorFields(value);
    for (const [key, item] of Object.entries(fields)) copy[key] = at(key, key, item);
    const ownCopy: Record<string, unknown> = {};
    place.push('own');
    for (const [key, item] of Object.entries(own)) ownCopy[key] = at(key, key, item);
    place.pop();
    copy['own'] = ownCopy;
    return copy;
  }

  function loweredLeaf(value: object, prototype: unknown): unknown {
    if (types.isDate(value) && prototype === Date.prototype) {
      bare(value);
      return placeholder(value, PATCH.DATE, value.getTime());
    }
    if (types.isBoxedPrimitive(value) && BOXES.has(prototype)) return loweredBox(value);
    if (
      value instanceof SharedArrayBuffer ||
      (ArrayBuffer.isView(value) && value.buffer instanceof SharedArrayBuffer)
    ) {
      refuse(path, 'shared memory cannot cross a boundary in a body');
    }
    const descriptor = isBytes(value, prototype) ? outside.take(value) : undefined;
    if (descriptor !== undefined) {
      copies.set(value, { copy: null, kind: PATCH.MEMORY, descriptor });
      return patched(PATCH.MEMORY, null, descriptor);
    }
    if (gradeOf(value, 1) !== 'special') {
      copies.set(value, { copy: value });
      return value;
    }
    const memory = ArrayBuffer.isView(value) ? value.buffer : value;
    if (types.isArrayBuffer(memory) && isDetached(memory)) refuse(path, 'its memory was given away (detached)');
    if (types.isRegExp(value) && prototype === RegExp.prototype) {
      bare(value);
      refuse(path, 'a RegExp in the middle of a search cannot cross a boundary; set its lastIndex to 0');
    }
    if (prototype === ArrayBuffer.prototype) bare(value);
    return refuse(path, `${describe(value)} cannot cross a boundary; send its data`);
  }

  function loweredBox(value: object): unknown {
    bare(value, types.isStringObject(value) ? value.length : 0);
    const content: unknown = value.valueOf();
    if (Object.is(content, -0)) refuse(path, 'a Number object of −0 cannot cross a boundary; send the number');
    if (typeof content === 'string' && !isWellFormed(content)) {
      refuse(path, 'a String object with lone surrogates cannot cross a boundary; send the string');
    }
    return placeholder(value, PATCH.BOXED, content);
  }

  /** Refuses properties beside what the value is, of which `indexes` may be there. */
  function bare(value: object, indexes = 0): void {
    const named = Object.keys(value)[indexes];
    if (named !== undefined) refuseNamed(named);
  }

  function refuseNamed(key: string): never {
    return refuse([...path, key], 'a named property of this kind of object cannot cross a boundary');
  }

  /** A getter may throw. */
  function read(value: object, key: string | number): unknown {
    try {
      return Reflect.get(value, key);
    } catch (error) {
      return refuseThrower([...path, key], error);
    }
  }

  function placeholder(value: object, kind: PatchKind, copy: unknown): unknown {
    copies.set(value, { copy, kind });
    return patched(kind, copy);
  }

  function patched(kind: PatchKind, copy: unknown, descriptor?: number): unknown {
    note(kind, descriptor);
    return copy;
  }

  function note(kind: PatchKind, descriptor?: number): void {
    patches.push(descriptor === undefined ? [kind, [...place]] : [kind, [...place], descriptor]);
  }

  function at(step: string | number, slot: string | number, item: unknown): unknown {
    path.push(step);
    place.push(slot);
    const copy = lowered(item);
    path.pop();
    place.pop();
    return copy;
  }
}

const BOXES = new Set<unknown>([Number, String, Boolean, BigInt].map((type) => type.prototype));

/** Of a key of an array. */
function isIndex(key: string): boolean {
  return String(Number(key) >>> 0) === key && key !== '4294967295';
}

function describe(value: object): string {
  if (value instanceof Promise) return 'a Promise';
  const { constructor } = value;
  return `an instance of ${typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'a class'}`;
}

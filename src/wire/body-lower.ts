import { types } from 'node:util';
import { PATCH, type PatchKind, SPARSE_LENGTH } from './body-patch.ts';
import { type Path, refuse } from './body-path.ts';
import { gradeOf, isPlainKey, isWellFormed } from './body-grade.ts';
import { errorFields } from './error-fields.ts';
import { isRight } from './right-brand.ts';

/** Which value at which place is to be made of its placeholder. Places are counted in the lowered body. */
export type Patch = [kind: PatchKind, place: (string | number)[], descriptor?: number];
export type Lowered = { root: unknown; patches: Patch[] };

/** Gives a right of the body its place among the message's descriptors. */
export type TakeRight = (right: object, path: Path) => number;

/**
 * Copies a body that is not plain into one that is, with a patch for every value that msgpack cannot hold. What cannot
 * arrive equal is refused with its path: EBADBODY.
 */
export function lower(body: unknown, depth: number, takeRight: TakeRight): Lowered {
  const patches: Patch[] = [];
  /** What stands for an object, so that cycles and shared parts stay what they are. */
  const copies = new Map<object, { copy: unknown; kind?: PatchKind; descriptor?: number }>();
  /** Where we are, in the owner's body and in the lowered one. */
  const path: (string | number)[] = [];
  const place: (string | number)[] = [];
  return { root: lowered(body), patches };

  function lowered(value: unknown): unknown {
    if (typeof value === 'number') return Object.is(value, -0) ? patched(PATCH.MINUS_ZERO, 0) : value;
    if (typeof value === 'string') {
      return isWellFormed(value) ? value : patched(PATCH.UTF16, new Uint8Array(Buffer.from(value, 'utf16le')));
    }
    if (typeof value === 'function') refuse(path, 'a function cannot cross a boundary; send a right to a port instead');
    if (typeof value === 'symbol') refuse(path, 'a symbol cannot cross a boundary');
    return typeof value === 'object' && value !== null ? loweredObject(value) : value;
  }

  function loweredObject(value: object): unknown {
    const known = copies.get(value);
    if (known !== undefined) {
      if (known.kind !== undefined) note(known.kind, known.descriptor);
      return known.copy;
    }
    if (isRight(value)) {
      const descriptor = takeRight(value, [...path]);
      copies.set(value, { copy: null, kind: PATCH.RIGHT, descriptor });
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
    if (value instanceof Map && prototype === Map.prototype) return loweredMap(value);
    if (value instanceof Set && prototype === Set.prototype) return loweredSet(value);
    return loweredLeaf(value, prototype);
  }

  function loweredRecord(value: object): unknown {
    const copy: Record<string, unknown> = {};
    copies.set(value, { copy });
    for (const [key, item] of Object.entries(value)) copy[key] = at(key, key, item);
    return copy;
  }

  function loweredArray(value: readonly unknown[]): unknown {
    const indexes = Object.keys(value).length < value.length ? Object.keys(value) : undefined;
    if (indexes !== undefined) return loweredSparse(value, indexes);
    const copy: unknown[] = [];
    copies.set(value, { copy });
    for (let i = 0; i < value.length; i++) copy.push(at(i, i, value[i]));
    return copy;
  }

  function loweredSparse(value: readonly unknown[], indexes: readonly string[]): unknown {
    if (value.length > SPARSE_LENGTH) refuse(path, `an array with holes may have ${SPARSE_LENGTH} places`);
    const copy: unknown[] = [value.length];
    placeholder(value, PATCH.SPARSE, copy);
    for (const index of indexes) {
      if (!(Number(index) < value.length)) continue;
      copy.push(Number(index));
      copy.push(at(Number(index), copy.length, value[Number(index)]));
    }
    return copy;
  }

  function loweredPairs(value: object, kind: PatchKind): unknown {
    const copy: unknown[] = [];
    placeholder(value, kind, copy);
    for (const [key, item] of Object.entries(value)) {
      copy.push(at(key, copy.length, key));
      copy.push(at(key, copy.length, item));
    }
    return copy;
  }

  function loweredMap(value: ReadonlyMap<unknown, unknown>): unknown {
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
    if (value instanceof Date && prototype === Date.prototype) {
      return placeholder(value, PATCH.DATE, value.getTime());
    }
    if (types.isBoxedPrimitive(value) && !types.isSymbolObject(value)) {
      return placeholder(value, PATCH.BOXED, value.valueOf());
    }
    if (
      value instanceof SharedArrayBuffer ||
      (ArrayBuffer.isView(value) && value.buffer instanceof SharedArrayBuffer)
    ) {
      refuse(path, 'shared memory cannot cross a boundary in a body');
    }
    if (gradeOf(value, 1) !== 'special') {
      copies.set(value, { copy: value });
      return value;
    }
    return refuse(path, `${describe(value)} cannot cross a boundary; send its data`);
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

function describe(value: object): string {
  if (value instanceof Promise) return 'a Promise';
  const { constructor } = value;
  return `an instance of ${typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'a class'}`;
}

import { types } from 'node:util';
import { isRight } from './right-brand.ts';

/** Bytes of a body that travel out of line, under descriptors of its message. */
export type Outside = {
  /** Whether these are such. Asked first: it changes nothing. */
  has(bytes: Uint8Array): boolean;
  /** Gives them their place among the descriptors; undefined if they travel in the body after all. */
  take(bytes: Uint8Array): number | undefined;
};

export const NOTHING_OUTSIDE: Outside = { has: () => false, take: () => undefined };

/**
 * What it takes to pack a body. A tree is a few records, lists, byte arrays and primitives, none met twice; a graph is
 * anything msgpackr keeps exactly; what is special must be lowered first, or refused. Bytes that travel outside are special.
 */
export type Grade = 'tree' | 'graph' | 'special';

/** Finds the grade of a body. This is on the way of every call. */
export function gradeOf(body: unknown, depth: number, outside: Pick<Outside, 'has'> = NOTHING_OUTSIDE): Grade {
  const walk: Walk = { tree: true, met: [], seen: undefined, outside };
  if (!fits(walk, body, depth)) return 'special';
  return walk.tree ? 'tree' : 'graph';
}

/** Objects a tree may have: so few that looking for one met before costs next to nothing. */
const TREE_OBJECTS = 12;
/** Keys a record of a tree may have: beyond it the tree's packing gives up. */
const TREE_KEYS = 1000;
/** From here on a walk remembers all it met, so that shared parts are not walked again and again. */
const REMEMBER_AFTER = 1000;

type Walk = {
  /** Whether nothing has been found yet that a tree cannot have. */
  tree: boolean;
  /** The objects met, up to `REMEMBER_AFTER` of them. */
  readonly met: object[];
  seen: Set<object> | undefined;
  readonly outside: Pick<Outside, 'has'>;
};

/** Longest array that is searched for named properties: it takes longer than to pack the array. */
const SEARCHED_LENGTH = 16;

/** Views of memory that msgpackr keeps, beside bytes. */
const VIEWS = new Set<unknown>(
  [
    Int8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ].map((type) => type.prototype),
);

function fits(walk: Walk, value: unknown, room: number): boolean {
  switch (typeof value) {
    case 'string':
      return isWellFormed(value);
    case 'number':
      return value !== 0 || 1 / value > 0;
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return true;
    case 'object':
      return value === null || objectFits(walk, value, room);
    default:
      return false;
  }
}

function objectFits(walk: Walk, value: object, room: number): boolean {
  if (room === 0) return false;
  if (metBefore(walk, value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return !isRight(value) && recordFits(walk, value, room - 1);
  if (prototype === Array.prototype) return Array.isArray(value) && listFits(walk, value, room - 1);
  if (isBytes(value, prototype)) return viewFits(value) && !walk.outside.has(value);
  walk.tree = false;
  if (VIEWS.has(prototype)) return viewFits(value);
  if (Object.keys(value).length > 0) return false;
  if (prototype === Date.prototype) return types.isDate(value) && isExactDate(value);
  if (prototype === Map.prototype) return types.isMap(value) && entriesFit(walk, value, room - 1);
  if (prototype === Set.prototype) return types.isSet(value) && itemsFit(walk, value, room - 1);
  if (prototype === RegExp.prototype) return types.isRegExp(value) && value.lastIndex === 0;
  return prototype === ArrayBuffer.prototype && types.isArrayBuffer(value) && !isDetached(value);
}

function metBefore(walk: Walk, value: object): boolean {
  const { met } = walk;
  if (walk.tree) {
    if (met.length < TREE_OBJECTS && !met.includes(value)) {
      met.push(value);
      return false;
    }
    walk.tree = false;
  }
  // A few objects may be walked again, which is cheaper than remembering them; a cycle ends where the depth does.
  if (met.length < REMEMBER_AFTER) {
    met.push(value);
    return false;
  }
  const seen = (walk.seen ??= new Set());
  if (seen.has(value)) return true;
  seen.add(value);
  return false;
}

function recordFits(walk: Walk, value: object, room: number): boolean {
  let keys = 0;
  for (const key in value) {
    keys++;
    if (!isPlainKey(key) || !fits(walk, value[key as keyof typeof value], room)) return false;
  }
  if (keys > TREE_KEYS) walk.tree = false;
  return true;
}

function listFits(walk: Walk, value: readonly unknown[], room: number): boolean {
  if (value.length <= SEARCHED_LENGTH && Object.keys(value).length !== value.length) return false;
  for (let i = 0; i < value.length; i++) {
    const item = value[i];
    if (item === undefined ? !(i in value) : !fits(walk, item, room)) return false;
  }
  return true;
}

function entriesFit(walk: Walk, value: ReadonlyMap<unknown, unknown>, room: number): boolean {
  for (const [key, item] of value) if (!fits(walk, key, room) || !fits(walk, item, room)) return false;
  return true;
}

function itemsFit(walk: Walk, value: ReadonlySet<unknown>, room: number): boolean {
  for (const item of value) if (!fits(walk, item, room)) return false;
  return true;
}

/** A Buffer arrives as what it is beside its methods. */
export function isBytes(value: object, prototype: unknown): value is Uint8Array {
  return (prototype === Uint8Array.prototype || prototype === Buffer.prototype) && types.isUint8Array(value);
}

/** msgpackr renames the first key and stumbles over the second, which it uses itself. */
export function isPlainKey(key: string): boolean {
  return key !== '__proto__' && key !== '__keys__' && isWellFormed(key);
}

/** Without a lone surrogate, which UTF-8 cannot express. */
export function isWellFormed(text: string): boolean {
  // Node 20 has it; the es2023 library does not name it yet.
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

/** The span of msgpack's shorter timestamps, which msgpackr writes to the millisecond; NaN is outside. */
function isExactDate(date: Date): boolean {
  const time = date.getTime();
  return time >= 0 && time < 2 ** 32 * 1000;
}

function viewFits(value: object): boolean {
  if (!ArrayBuffer.isView(value)) return false;
  return value.buffer instanceof ArrayBuffer && !isDetached(value.buffer);
}

/** Whether the memory was given away. Node 20 does not say; making a view of none throws. */
export function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}

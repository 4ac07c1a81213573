import { isRight } from './right-brand.ts';

/**
 * What it takes to pack a body. A tree is a few records, lists, byte arrays and primitives, none met twice; a graph is
 * anything msgpackr keeps exactly; what is special must be lowered first, or refused.
 */
export type Grade = 'tree' | 'graph' | 'special';

/** Finds the grade of a body. This is on the way of every call. */
export function gradeOf(body: unknown, depth: number): Grade {
  const walk: Walk = { tree: true, met: [], seen: undefined };
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
};

/** Objects of these prototypes hold nothing that msgpackr would lose, whatever is in them. */
const LEAVES = new Set<unknown>(
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
    ArrayBuffer,
    RegExp,
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
  if (prototype === Uint8Array.prototype || prototype === Buffer.prototype) return !isShared(value);
  walk.tree = false;
  if (prototype === Date.prototype) return value instanceof Date && isExactDate(value);
  if (prototype === Map.prototype) return value instanceof Map && entriesFit(walk, value, room - 1);
  if (prototype === Set.prototype) return value instanceof Set && itemsFit(walk, value, room - 1);
  return LEAVES.has(prototype) && !isShared(value);
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

function isShared(value: object): boolean {
  return ArrayBuffer.isView(value) && !(value.buffer instanceof ArrayBuffer);
}

import { isRight } from './right-brand.ts';

/**
 * Whether what was decoded of `bytes` bytes nests deeper than `depth` levels, counted as the encoder counts: each object where it is
 * first met.
 */
export function isDeeper(value: unknown, depth: number, bytes: number): boolean {
  // Each level takes a byte at least.
  if (bytes <= depth) return false;
  // Most bodies share nothing. One that seems too deep may only run in a circle, and one with more parts than bytes shares them.
  return !fits(value, depth, { left: bytes }) && !fits(value, depth, { left: Infinity, met: new Set() });
}

/** Every right that can be reached in what was decoded. */
export function rightsIn(value: unknown): Set<object> {
  const rights = new Set<object>();
  const met = new Set<unknown>();
  const left = [value];
  while (left.length > 0) {
    const part = left.pop();
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part) || met.has(part)) continue;
    met.add(part);
    if (isRight(part)) rights.add(part);
    else for (const inner of partsOf(part)) left.push(inner);
  }
  return rights;
}

type Walk = { left: number; readonly met?: Set<object> };

function fits(value: unknown, room: number, walk: Walk): boolean {
  if (typeof value !== 'object' || value === null || isRight(value) || ArrayBuffer.isView(value)) return true;
  if (walk.met?.has(value) === true) return true;
  walk.met?.add(value);
  walk.left -= 1;
  if (room === 0 || walk.left < 0) return false;
  for (const part of partsOf(value)) if (!fits(part, room - 1, walk)) return false;
  return true;
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Error) return [...Object.values(value), value.cause, Reflect.get(value, 'errors')];
  return Object.values(value);
}

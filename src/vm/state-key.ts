import type { State } from './state.ts';

/** Two states are the same if this is. Where the order of entries makes no difference, it makes none here. */
export function stateKey(state: State): string {
  return JSON.stringify(state, canonical);
}

function canonical(key: string, value: unknown): unknown {
  if (value instanceof Map) return [...value].sort(byKey);
  if (value instanceof Set) return SORTED.has(key) ? [...value].sort(byValue) : [...value];
  if (value instanceof Uint8Array) return Array.from(value).join();
  return value;
}

/** Sets that are not queues. */
const SORTED = new Set(['waits', 'copies', 'stored']);

function byKey([a]: [number | string, unknown], [b]: [number | string, unknown]): number {
  return a < b ? -1 : 1;
}

function byValue(a: number, b: number): number {
  return a - b;
}

/**
 * Numbers in the order in which they came, each once, any of which may leave. A `Set` would say the same, but keeps the places of
 * those that have left, and to look for its first goes over them all. Plain data, as all of the state.
 */
export type Queue = {
  first: number | null;
  last: number | null;
  readonly neighbours: Map<number, { before: number | null; after: number | null }>;
};

export function newQueue(): Queue {
  return { first: null, last: null, neighbours: new Map() };
}

/** Goes to the end, unless it is there already. */
export function enqueue(queue: Queue, value: number): void {
  if (queue.neighbours.has(value)) return;
  queue.neighbours.set(value, { before: queue.last, after: null });
  setAfter(queue, queue.last, value);
  queue.last = value;
}

export function dequeue(queue: Queue, value: number): void {
  const places = queue.neighbours.get(value);
  if (places === undefined) return;
  queue.neighbours.delete(value);
  setAfter(queue, places.before, places.after);
  const after = places.after === null ? undefined : queue.neighbours.get(places.after);
  if (after === undefined) queue.last = places.before;
  else after.before = places.before;
}

function setAfter(queue: Queue, value: number | null, after: number | null): void {
  const places = value === null ? undefined : queue.neighbours.get(value);
  if (places === undefined) queue.first = after;
  else places.after = after;
}

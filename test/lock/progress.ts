import { NO_ACTION } from '../explorer/explore.ts';
import { adjacency, type Graph } from './graph.ts';
import type { System } from './system.ts';

/**
 * F7: from every state one can be reached in which nobody waits, by deliveries and unlocking alone. The violation's trace is a shortest
 * one to a state that has none.
 */
export function checkProgress(system: System, graph: Graph): void {
  const { states, state, violation } = graph.explored;
  const back = adjacency(graph, states, 'to', (action) => action !== NO_ACTION);
  const isGood = new Uint8Array(states);
  const left: number[] = [];
  for (let index = 0; index < states; index += 1) {
    if (waiters(system, state(index)) > 0) continue;
    isGood[index] = 1;
    left.push(index);
  }
  for (let to = left.pop(); to !== undefined; to = left.pop()) {
    for (let at = back.starts[to] ?? 0; at < (back.starts[to + 1] ?? 0); at += 1) {
      const from = back.others[at] ?? 0;
      if (isGood[from] === 1) continue;
      isGood[from] = 1;
      left.push(from);
    }
  }
  const stuck = isGood.indexOf(0);
  if (stuck >= 0) throw violation('F7', 'somebody waits, and nothing that will happen can change that', stuck);
}

/** How many users wait. */
function waiters(system: System, state: ArrayLike<number>): number {
  const draft = system.draft(state);
  let count = 0;
  for (let broker = 0; broker < draft.brokers; broker += 1) {
    for (const { is } of draft.seeSide(broker).users.flat()) if (is === 'waits') count += 1;
  }
  return count;
}

import type { Bounds } from './bounds.ts';
import { cycles } from './components.ts';
import { type Adjacency, adjacency, type Graph } from './graph.ts';
import type { System } from './system.ts';
import { actionsOf } from './words.ts';

/**
 * F8: nobody waits for ever, if each delivery and each unlocking that stays possible happens at last (weak fairness). So there is no
 * cycle in which one waits all the time and each action is either taken or impossible somewhere.
 */
export function checkFairness(system: System, graph: Graph, bounds: Bounds): void {
  const { states, violation } = graph.explored;
  const onwards = adjacency(graph, states, 'from', () => true);
  for (let broker = 0; broker < bounds.brokers; broker += 1) {
    for (let lock = 0; lock < bounds.locks; lock += 1) {
      for (let user = 0; user < bounds.users; user += 1) {
        const waits = waitingStates(system, graph, broker, lock, user);
        for (const component of cycles(onwards, waits)) {
          if (!isFair(component, onwards, actionsOf(bounds))) continue;
          const first = Math.min(...component);
          const cycle = shortestCycle(onwards, first, new Set(component));
          const what = `broker ${broker}: user ${user + 1} waits for lock ${lock} for ever; the last ${cycle.length} steps come again and again`;
          throw violation('F8', what, first, cycle);
        }
      }
    }
  }
}

function waitingStates(system: System, { explored }: Graph, broker: number, lock: number, user: number): Uint8Array {
  const waits = new Uint8Array(explored.states);
  for (let index = 0; index < explored.states; index += 1) {
    const side = system.draft(explored.state(index)).seeSide(broker);
    if (side.users[lock]?.[user]?.is === 'waits') waits[index] = 1;
  }
  return waits;
}

/** Whether going through all of it, again and again, keeps every promise. If that does not, no part of it does. */
function isFair(component: readonly number[], { starts, others, actions }: Adjacency, count: number): boolean {
  const members = new Set(component);
  const isKept = new Uint8Array(count);
  for (const state of component) {
    const possible = new Uint8Array(count);
    for (let at = starts[state] ?? 0; at < (starts[state + 1] ?? 0); at += 1) {
      const action = actions[at] ?? 0;
      if (action < 0) continue;
      possible[action] = 1;
      if (members.has(others[at] ?? 0)) isKept[action] = 1;
    }
    for (const [action, is] of possible.entries()) if (is === 0) isKept[action] = 1;
  }
  return isKept.every((kept) => kept === 1);
}

/** From the state back to it; it need not be fair by itself. */
function shortestCycle({ starts, others }: Adjacency, first: number, members: ReadonlySet<number>): number[] {
  const before = new Map<number, number>();
  const queue = [first];
  for (const state of queue) {
    for (const other of others.subarray(starts[state], starts[state + 1])) {
      if (!members.has(other) || before.has(other)) continue;
      before.set(other, state);
      if (other === first) {
        const cycle = [first];
        for (let at = before.get(first) ?? first; at !== first; at = before.get(at) ?? first) cycle.unshift(at);
        return cycle;
      }
      queue.push(other);
    }
  }
  return [];
}

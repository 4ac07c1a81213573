import { type Explored, explore } from '../explorer/explore.ts';
import type { System } from './system.ts';

/** All states with all steps between them. A step that is an action (`words.ts`) happens for sure if it stays possible. */
export class Graph {
  readonly explored: Explored;
  /** Three numbers for each step: from, to, action. Steps from one state are together. */
  #steps = new Int32Array(1 << 14);
  #count = 0;

  constructor(system: System, most: number) {
    this.explored = explore(system, most, (from, to, action) => this.#add(from, to, action));
  }

  forEach(step: (from: number, to: number, action: number) => void): void {
    for (let at = 0; at < this.#count; at += 3) {
      step(this.#steps[at] ?? 0, this.#steps[at + 1] ?? 0, this.#steps[at + 2] ?? 0);
    }
  }

  #add(from: number, to: number, action: number): void {
    if (this.#count + 3 > this.#steps.length) {
      const longer = new Int32Array(this.#steps.length * 2);
      longer.set(this.#steps);
      this.#steps = longer;
    }
    this.#steps[this.#count] = from;
    this.#steps[this.#count + 1] = to;
    this.#steps[this.#count + 2] = action;
    this.#count += 3;
  }
}

/** Steps by the state that they lead from, or to: those of state n are `others[starts[n]]` … `others[starts[n + 1] - 1]`. */
export type Adjacency = { starts: Int32Array; others: Int32Array; actions: Int32Array };

export function adjacency(
  graph: Graph,
  states: number,
  by: 'from' | 'to',
  isIn: (action: number) => boolean,
): Adjacency {
  const starts = new Int32Array(states + 1);
  graph.forEach((from, to, action) => {
    if (isIn(action)) bump(starts, (by === 'from' ? from : to) + 1);
  });
  for (let state = 0; state < states; state += 1) starts[state + 1] = (starts[state + 1] ?? 0) + (starts[state] ?? 0);
  const next = starts.slice();
  const others = new Int32Array(starts[states] ?? 0);
  const actions = new Int32Array(others.length);
  graph.forEach((from, to, action) => {
    if (!isIn(action)) return;
    const at = bump(next, by === 'from' ? from : to) - 1;
    others[at] = by === 'from' ? to : from;
    actions[at] = action;
  });
  return { starts, others, actions };
}

function bump(counts: Int32Array, at: number): number {
  return (counts[at] = (counts[at] ?? 0) + 1);
}

import type { Adjacency } from './graph.ts';

/**
 * The strongly connected components among the states of which `isIn` is 1, each of which has a cycle: lists of states. Tarjan's
 * algorithm, with a stack of its own.
 */
export function cycles({ starts, others }: Adjacency, isIn: Uint8Array): number[][] {
  const states = isIn.length;
  const order = new Int32Array(states);
  const low = new Int32Array(states);
  const next = starts.slice(0, states);
  const onStack = new Uint8Array(states);
  const stack: number[] = [];
  const found: number[][] = [];
  let count = 0;
  const enter = (state: number, path: number[]): void => {
    count += 1;
    order[state] = count;
    low[state] = count;
    onStack[state] = 1;
    stack.push(state);
    path.push(state);
  };
  const close = (state: number): void => {
    const component = stack.splice(stack.lastIndexOf(state));
    for (const member of component) onStack[member] = 0;
    if (component.length > 1 || hasLoop(state)) found.push(component);
  };
  const hasLoop = (state: number): boolean => others.subarray(starts[state], starts[state + 1]).includes(state);
  for (let root = 0; root < states; root += 1) {
    if (isIn[root] !== 1 || order[root] !== 0) continue;
    const path: number[] = [];
    enter(root, path);
    for (let state = path.at(-1); state !== undefined; state = path.at(-1)) {
      const at = next[state] ?? 0;
      if (at < (starts[state + 1] ?? 0)) {
        next[state] = at + 1;
        const other = others[at] ?? 0;
        if (isIn[other] !== 1) continue;
        if (order[other] === 0) enter(other, path);
        else if (onStack[other] === 1) low[state] = Math.min(low[state] ?? 0, order[other] ?? 0);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[state] ?? 0);
      if (low[state] === order[state]) close(state);
    }
  }
  return found;
}

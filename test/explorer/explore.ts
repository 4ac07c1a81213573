import { Tuples } from './tuples.ts';

/** A system whose states are tuples of small integers, equal for equal states. */
export type Model = {
  readonly start: number[];
  /**
   * Takes every step that is possible in the state, always in the same order: `visit` gets its name and the state after it. A rule
   * that does not hold is thrown as a `Violation`, by the step, or at the end by the state itself.
   */
  steps(state: ArrayLike<number>, visit: Visit): void;
  /** The same state for all that do the same but for names. It may be made of the one that is given. */
  canonical(state: number[]): number[];
};

/** `name` is asked for only when a trace is printed. `action` tells steps apart for those who look at the whole graph. */
export type Visit = (name: () => string, next: number[], action?: number) => void;

/** Of no action in particular. */
export const NO_ACTION = -1;

/** Hears of every step that there is. */
export type Edges = (from: number, to: number, action: number) => void;

/** A rule that did not hold. */
export class Violation extends Error {
  readonly rule: string;

  constructor(rule: string, what: string) {
    super(`${rule}: ${what}`);
    this.rule = rule;
  }
}

/** The step that breaks a rule tells its name, which no `visit` has heard. */
export class BrokenBy extends Error {
  constructor(step: string, violation: Violation) {
    super(step, { cause: violation });
  }
}

export type Explored = {
  states: number;
  transitions: number;
  depth: number;
  /** In canonical form; states are numbered in the order in which they were found. */
  state: (index: number) => ArrayLike<number>;
  /** Of a rule about the whole graph: with a shortest trace to this state, and with the states that come after it, if any. */
  violation: (rule: string, what: string, index: number, onwards?: readonly number[]) => Violation;
};

/**
 * Visits all states, breadth first: so the trace to a broken rule is a shortest one. Throws a `Violation` whose message is that
 * trace; throws, too, if there are more states than `most`, for then nothing has been proved.
 */
export function explore(model: Model, most: number, edges: Edges = () => undefined): Explored {
  const states = new Tuples(model.start.length);
  let parents = new Int32Array(1 << 12);
  let transitions = 0;
  let depth = 0;
  states.add(model.canonical([...model.start]));
  parents[0] = -1;
  for (let current = 0, levelEnd = 1; current < states.size; current += 1) {
    if (current === levelEnd) {
      depth += 1;
      levelEnd = states.size;
    }
    const visit: Visit = (_name, next, action = NO_ACTION) => {
      transitions += 1;
      const known = states.size;
      const number = states.add(model.canonical(next));
      edges(current, number, action);
      if (number < known) return;
      if (states.size > most) throw new Error(`more than ${most} states: not all of them could be visited`);
      if (states.size > parents.length) {
        const longer = new Int32Array(parents.length * 2);
        longer.set(parents);
        parents = longer;
      }
      parents[states.size - 1] = current;
    };
    try {
      model.steps(states.get(current), visit);
    } catch (error) {
      if (!(error instanceof BrokenBy) && !(error instanceof Violation)) throw error;
      throw traced(model, pathTo(states, parents, current));
    }
  }
  return {
    states: states.size,
    transitions,
    depth,
    state: (index) => states.get(index),
    violation: (rule, what, index, onwards = []) => {
      const path = [...pathTo(states, parents, index), ...onwards.map((next) => states.get(next).join())];
      return told(rule, what, retrace(model, path).trace);
    },
  };
}

/** The states from the start to this one. */
function pathTo(states: Tuples, parents: Int32Array, last: number): string[] {
  const path: string[] = [];
  for (let at = last; at >= 0; at = parents[at] ?? -1) path.unshift(states.get(at).join());
  return path;
}

/** The trace to the step that breaks a rule, from the last state of the path on. */
function traced(model: Model, path: readonly string[]): Violation {
  const { trace, state } = retrace(model, path);
  try {
    model.steps(state, () => undefined);
  } catch (error) {
    const violation = error instanceof BrokenBy ? error.cause : error;
    if (!(violation instanceof Violation)) throw error;
    if (error instanceof BrokenBy) trace.push(error.message);
    return told(violation.rule, violation.message.slice(violation.rule.length + 2), trace);
  }
  throw new Error(`a step was not found again: ${trace.join('; ')}`);
}

/** Takes the steps again, this time with the names that things really have. */
function retrace(model: Model, path: readonly string[]): { trace: string[]; state: number[] } {
  const trace: string[] = [];
  let state = model.start;
  for (const wanted of path.slice(1)) {
    let next: number[] | null = null;
    model.steps(state, (name, after) => {
      if (next !== null || model.canonical([...after]).join() !== wanted) return;
      trace.push(name());
      next = after;
    });
    if (next === null) throw new Error(`a step was not found again: ${trace.join('; ')}`);
    state = next;
  }
  return { trace, state };
}

function told(rule: string, what: string, trace: readonly string[]): Violation {
  const lines = trace.map((step, index) => `  ${index + 1}. ${step}`);
  return new Violation(rule, `${what}\n${lines.join('\n')}`);
}

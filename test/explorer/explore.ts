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

/** `name` is asked for only when a trace is printed. */
export type Visit = (name: () => string, next: number[]) => void;

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

export type Explored = { states: number; transitions: number; depth: number };

/**
 * Visits all states, breadth first: so the trace to a broken rule is a shortest one. Throws a `Violation` whose message is that
 * trace; throws, too, if there are more states than `most`, for then nothing has been proved.
 */
export function explore(model: Model, most: number): Explored {
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
    const visit: Visit = (_name, next) => {
      transitions += 1;
      if (!states.add(model.canonical(next))) return;
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
  return { states: states.size, transitions, depth };
}

/** The states from the start to this one. */
function pathTo(states: Tuples, parents: Int32Array, last: number): string[] {
  const path: string[] = [];
  for (let at = last; at >= 0; at = parents[at] ?? -1) path.unshift(states.get(at).join());
  return path;
}

/** Takes the steps again, this time with the names that things really have, up to the one that breaks a rule. */
function traced(model: Model, path: readonly string[]): Violation {
  const trace: string[] = [];
  let state = model.start;
  for (const wanted of [...path.slice(1), null]) {
    let next: number[] | null = null;
    try {
      model.steps(state, (name, after) => {
        if (next !== null || model.canonical([...after]).join() !== wanted) return;
        trace.push(name());
        next = after;
      });
    } catch (error) {
      const violation = error instanceof BrokenBy ? error.cause : error;
      if (!(violation instanceof Violation)) throw error;
      if (wanted !== null && next !== null) {
        state = next;
        continue;
      }
      if (error instanceof BrokenBy) trace.push(error.message);
      const what = violation.message.slice(violation.rule.length + 2);
      const lines = trace.map((step, index) => `  ${index + 1}. ${step}`);
      return new Violation(violation.rule, `${what}\n${lines.join('\n')}`);
    }
    if (next === null) break;
    state = next;
  }
  throw new Error(`a step was not found again: ${trace.join('; ')}`);
}

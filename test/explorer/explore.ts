import { Tuples } from './tuples.ts';

/** A system whose states are tuples of small integers, equal for equal states. */
export type Model = {
  readonly start: readonly number[];
  /**
   * Takes every step that is possible in the state, always in the same order: `visit` gets its name and the state after it. A rule
   * that does not hold is thrown as a `Violation`, by the step, or at the end by the state itself.
   */
  steps(state: ArrayLike<number>, visit: Visit): void;
};

/** `name` is asked for only when a trace is printed. */
export type Visit = (name: () => string, next: readonly number[]) => void;

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
  states.add(model.start);
  parents[0] = -1;
  for (let current = 0, levelEnd = 1; current < states.size; current += 1) {
    if (current === levelEnd) {
      depth += 1;
      levelEnd = states.size;
    }
    const visit: Visit = (_name, next) => {
      transitions += 1;
      if (!states.add(next)) return;
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
      const violation = error instanceof BrokenBy ? error.cause : error;
      if (!(violation instanceof Violation)) throw error;
      const trace = traceTo(model, states, parents, current);
      if (error instanceof BrokenBy) trace.push(error.message);
      const lines = trace.map((step, index) => `  ${index + 1}. ${step}`);
      throw new Violation(violation.rule, `${violation.message.slice(violation.rule.length + 2)}\n${lines.join('\n')}`);
    }
  }
  return { states: states.size, transitions, depth };
}

/** The names of the steps from the start to the state, found by taking them again. */
function traceTo(model: Model, states: Tuples, parents: Int32Array, last: number): string[] {
  const trace: string[] = [];
  for (let at = last; at > 0; at = parents[at] ?? 0) {
    const wanted = states.get(at).join();
    let found = '?';
    try {
      model.steps(states.get(parents[at] ?? 0), (name, next) => {
        if (found === '?' && next.join() === wanted) found = name();
      });
    } catch (error) {
      if (!(error instanceof BrokenBy) && !(error instanceof Violation)) throw error;
    }
    trace.unshift(found);
  }
  return trace;
}

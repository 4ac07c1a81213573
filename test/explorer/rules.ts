import { Violation } from './explore.ts';

/** `what` is asked for only if the rule is broken. */
export function must(rule: string, holds: boolean, what: () => string): void {
  if (!holds) throw new Violation(rule, what());
}

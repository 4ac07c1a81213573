import { test } from 'vitest';
import { SCENARIOS } from './scenarios/index.ts';

// pager.md §1, rule by rule: the name of a test begins with the rule's number.
test.each([...SCENARIOS])('%s', (_name, run) => run());

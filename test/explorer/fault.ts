import type { Bounds, Faults } from './bounds.ts';
import type { Budget } from './parts.ts';

/** One thing wrong in a shipped machine or its host, what has to be allowed to happen for it to matter, and the rule that tells. */
export type Fault = { faults: Faults; budget: Partial<Budget>; bounds?: Partial<Bounds>; rule: string };

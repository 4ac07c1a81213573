import type { Limits } from '../../src/limits.ts';
import type { Arena } from './arena.ts';

/** A hostile test for one limit. */
export type Row = {
  /** Small, so that it is reached. */
  limits: Partial<Limits>;
  /** What meets who goes beyond: docs/limits.md has to say so too. */
  meets: string;
  /** Goes beyond, and sees to it that the limit bites as it should. */
  attack: (arena: Arena) => Promise<void>;
};

/** One row for each of these limits. */
export type Rows<Field extends keyof Limits> = Readonly<Record<Field, Row>>;

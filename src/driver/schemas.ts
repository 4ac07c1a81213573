import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type ErrorCode, type Handled, IpcError, type Issue } from '../errors.ts';
import { isThenable } from './thenable.ts';

/** Schemas of one routine, of any library that speaks Standard Schema. They must validate without waiting. */
export type Schemas = { readonly args?: StandardSchemaV1; readonly result?: StandardSchemaV1 };

/** A type without a check, for the half of a routine that needs none. */
export function unchecked<T>(): StandardSchemaV1<T> {
  return UNCHECKED as StandardSchemaV1<T>;
}

/** The schema that checks something, or undefined. */
export function checking(schema: StandardSchemaV1 | undefined): StandardSchemaV1 | undefined {
  return schema === UNCHECKED ? undefined : schema;
}

/**
 * What the schema makes of a routine's arguments.
 *
 * @throws IpcError MIG_BAD_ARGUMENTS with `issues`
 */
export function conformingArgs(schema: StandardSchemaV1, args: unknown, object: string): unknown {
  return conforming(schema, args, { object, what: 'args', code: 'MIG_BAD_ARGUMENTS', handled: 'no' });
}

/**
 * What the schema makes of a routine's result.
 *
 * @throws IpcError MIG_TYPE_ERROR with `issues`: the driver broke its own contract.
 */
export function conformingResult(schema: StandardSchemaV1, result: unknown, object: string): unknown {
  return conforming(schema, result, { object, what: 'result', code: 'MIG_TYPE_ERROR', handled: 'maybe' });
}

const UNCHECKED: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'easync', validate: (value) => ({ value }) },
};

type Role = { object: string; what: 'args' | 'result'; code: ErrorCode; handled: Handled };

function conforming(schema: StandardSchemaV1, value: unknown, { object, what, code, handled }: Role): unknown {
  const outcome = schema['~standard'].validate(value);
  if (isThenable(outcome)) {
    // Nobody waits for it.
    Promise.resolve(outcome).catch(() => undefined);
    const text = `${object}: the schema of its ${what} validates asynchronously; take out what waits`;
    throw new IpcError('EINVAL', text, { op: 'validate', object, handled });
  }
  if (outcome.issues === undefined) {
    if ('value' in outcome) return outcome.value;
    const text = `${object}: the schema of its ${what} says neither what it makes of the value nor what is wrong with it`;
    throw new IpcError('EINVAL', text, { op: 'validate', object, handled });
  }
  const issues = outcome.issues.map(({ path = [], message }): Issue => ({ path: path.map(keyOf), message }));
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  const text = `${object}: ${pathText(what, first?.path ?? [])}: ${first?.message ?? 'refused'}${more}`;
  throw new IpcError(code, text, { op: 'validate', object, handled, issues });
}

/** A symbol cannot travel. */
function keyOf(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === 'object' ? segment.key : segment;
  return typeof key === 'symbol' ? String(key) : key;
}

function pathText(root: string, path: readonly (string | number)[]): string {
  return path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${key}`), root);
}

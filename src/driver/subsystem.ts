import type { StandardSchemaV1 } from '@standard-schema/spec';
import { IpcError } from '../errors.ts';
import type { Schemas } from './schemas.ts';

/**
 * A routine with a reply: a client gives `A` and gets `R`. A schema may change what it checks: the handler then takes `Taken`
 * and answers `Answer`.
 */
export type Routine<A, R, Taken = A, Answer = R> = {
  readonly kind: 'routine';
  readonly schemas?: Schemas;
  readonly _types?: [A, R, Taken, Answer];
};

/** A one-way routine: the call is over when the message has been accepted. */
export type SimpleRoutine<A, Taken = A> = {
  readonly kind: 'simpleroutine';
  readonly schemas?: Schemas;
  readonly _types?: [A, void, Taken, void];
};

// oxlint-disable typescript/no-explicit-any -- the one place where routines of all types stand side by side
export type AnyRoutine = Routine<any, any, any, any> | SimpleRoutine<any, any>;
// oxlint-enable typescript/no-explicit-any
export type Routines = Readonly<Record<string, AnyRoutine>>;

/** A typed set of routines (MIG's word), from which the stub and the server side both follow. */
export type Subsystem<R extends Routines = Routines> = {
  readonly name: string;
  readonly routines: R;
  /** Routine name → number on the wire. Only these can be called. */
  readonly ids: ReadonlyMap<string, number>;
};

type Typed<A, R, Taken, Answer> = { readonly _types?: [A, R, Taken, Answer] };
/** Of a client. */
export type ArgsOf<T extends AnyRoutine> = T extends Typed<infer A, unknown, unknown, unknown> ? A : never;
export type ResultOf<T extends AnyRoutine> = T extends Typed<unknown, infer R, unknown, unknown> ? R : never;
/** Of a handler. */
export type TakenOf<T extends AnyRoutine> = T extends Typed<unknown, unknown, infer Taken, unknown> ? Taken : never;
export type AnswerOf<T extends AnyRoutine> = T extends Typed<unknown, unknown, unknown, infer Answer> ? Answer : never;

type Input<S extends StandardSchemaV1 | undefined> = S extends StandardSchemaV1 ? StandardSchemaV1.InferInput<S> : void;
type Output<S extends StandardSchemaV1 | undefined> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<S>
  : void;

/**
 * Declares a routine by its types, `routine<Args, Result>()`, or by schemas, `routine({ args, result })`: then the server's side
 * refuses what does not conform, in every placement. `unchecked<T>()` stands for a schema where only a type is wanted.
 *
 * Without type arguments there are none to be inferred from where it stands: that would be `any`.
 */
export function routine(): Routine<void, void>;
export function routine<A, R = void>(): Routine<A, R>;
export function routine<const S extends Schemas>(
  schemas: S,
): Routine<Input<S['args']>, Output<S['result']>, Output<S['args']>, Input<S['result']>>;
export function routine(schemas?: Schemas): Routine<void, void> {
  return schemas === undefined ? { kind: 'routine' } : { kind: 'routine', schemas };
}

export function simpleroutine(): SimpleRoutine<void>;
export function simpleroutine<A>(): SimpleRoutine<A>;
export function simpleroutine<const S extends Pick<Schemas, 'args'>>(
  schemas: S,
): SimpleRoutine<Input<S['args']>, Output<S['args']>>;
export function simpleroutine(schemas?: Schemas): SimpleRoutine<void> {
  return schemas === undefined ? { kind: 'simpleroutine' } : { kind: 'simpleroutine', schemas };
}

/**
 * Names a set of routines. Numbers on the wire follow from the names alone, so the two sides may declare them in any order,
 * and a newer side may have more of them.
 *
 * @throws IpcError `EINVAL` for what is no routine, or a routine name that a stub cannot carry.
 */
export function defineSubsystem<const R extends Routines>(name: string, routines: R): Subsystem<R> {
  const ids = new Map<string, number>();
  const owners = new Map<number, string>();
  for (const key of Object.keys(routines)) {
    checkRoutine(name, key, routines[key]);
    if (RESERVED.has(key))
      throw new IpcError('EINVAL', `subsystem ${name}: a routine cannot be called '${key}'; rename it`);
    const id = routineId(name, key);
    const other = owners.get(id);
    if (other !== undefined) {
      throw new IpcError('EINVAL', `subsystem ${name}: '${key}' and '${other}' share the number ${id}; rename one`);
    }
    ids.set(key, id);
    owners.set(id, key);
  }
  return { name, routines, ids };
}

function checkRoutine(name: string, key: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && 'kind' in value) return;
  const text = `subsystem ${name}: '${key}' is no routine; write ${key}: routine()`;
  throw new IpcError('EINVAL', text, { op: 'defineSubsystem', object: name });
}

/** Every port of a driver answers this one, with nothing: how `easync ping` measures health on the message path. */
export const PING_ID = 0;
const DESCRIBE_ID = 1;

/** What every port of a driver tells of itself, so that `easync call` needs no more than names. */
export type Description = { subsystem: string; routines: { name: string; kind: AnyRoutine['kind'] }[] };

/** Any driver's port, seen as one that describes itself. */
export const Describing: Subsystem<{ describe: Routine<void, Description> }> = {
  name: 'driver',
  routines: { describe: routine<void, Description>() },
  ids: new Map([['describe', DESCRIBE_ID]]),
};

export function describeSubsystem({ name, routines }: Subsystem): Description {
  return { subsystem: name, routines: Object.entries(routines).map(([key, { kind }]) => ({ name: key, kind })) };
}

/** A promise would try to unwrap a stub with a `then`; the others are every object's own. */
const RESERVED: ReadonlySet<string> = new Set(['then', 'constructor', '__proto__', 'toString', 'valueOf', 'toJSON']);

/** FNV-1a over `subsystem.routine`. */
function routineId(subsystem: string, key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${subsystem}.${key}`)) hash = Math.imul(hash ^ byte, 0x01000193);
  const id = hash >>> 0;
  // Two numbers are every driver's own.
  return id === PING_ID || id === DESCRIBE_ID ? id + 2 : id;
}

import { IpcError } from '../errors.ts';

/** A routine with a reply: arguments `A`, result `R`. */
export type Routine<A, R> = { readonly kind: 'routine'; readonly _types?: [A, R] };

/** A one-way routine: the call is over when the message has been accepted. */
export type SimpleRoutine<A> = { readonly kind: 'simpleroutine'; readonly _types?: [A, void] };

// oxlint-disable-next-line typescript/no-explicit-any -- the one place where routines of all types stand side by side
export type AnyRoutine = Routine<any, any> | SimpleRoutine<any>;
export type Routines = Readonly<Record<string, AnyRoutine>>;

/** A typed set of routines (MIG's word), from which the stub and the server side both follow. */
export type Subsystem<R extends Routines = Routines> = {
  readonly name: string;
  readonly routines: R;
  /** Routine name → number on the wire. Only these can be called. */
  readonly ids: ReadonlyMap<string, number>;
};

export type ArgsOf<T extends AnyRoutine> =
  T extends Routine<infer A, unknown> ? A : T extends SimpleRoutine<infer A> ? A : never;
export type ResultOf<T extends AnyRoutine> =
  T extends Routine<never, infer R> ? R : T extends { kind: 'routine'; _types?: [unknown, infer R] } ? R : void;

/** Without type arguments there are none to be inferred from where it stands: that would be `any`. */
export function routine(): Routine<void, void>;
export function routine<A, R = void>(): Routine<A, R>;
export function routine<A, R>(): Routine<A, R> {
  return { kind: 'routine' };
}

export function simpleroutine(): SimpleRoutine<void>;
export function simpleroutine<A>(): SimpleRoutine<A>;
export function simpleroutine<A>(): SimpleRoutine<A> {
  return { kind: 'simpleroutine' };
}

/**
 * Names a set of routines. Numbers on the wire follow from the names alone, so the two sides may declare them in any order,
 * and a newer side may have more of them.
 *
 * @throws IpcError `EINVAL` for a routine name that a stub cannot carry.
 */
export function defineSubsystem<const R extends Routines>(name: string, routines: R): Subsystem<R> {
  const ids = new Map<string, number>();
  const owners = new Map<number, string>();
  for (const key of Object.keys(routines)) {
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

/** Every port of a driver answers this one, with nothing: how `easync ping` measures health on the message path. */
export const PING_ID = 0;

/** A promise would try to unwrap a stub with a `then`; the others are every object's own. */
const RESERVED: ReadonlySet<string> = new Set(['then', 'constructor', '__proto__', 'toString', 'valueOf', 'toJSON']);

/** FNV-1a over `subsystem.routine`; 0 is the ping's. */
function routineId(subsystem: string, key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${subsystem}.${key}`)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0 || 1;
}

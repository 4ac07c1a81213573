import { IpcError } from '../errors.ts';

/** Where in a body something is: keys of objects, indexes of arrays, and `(n)` for the n-th entry of a Map or Set. */
export type Path = readonly (string | number)[];

/** As the value's owner would write it: `args.items[3].cb`. */
export function spellPath(path: Path): string {
  return path.reduce<string>((text, step) => text + spellStep(step), 'body');
}

/** The error for a value that cannot arrive as it is. */
export function refuse(path: Path, what: string): never {
  throw new IpcError('EBADBODY', `${spellPath(path)}: ${what}`, { object: spellPath(path) });
}

/** What is wrong with a right is said of the place where it stands. */
export function refusedAt(path: Path, error: unknown): unknown {
  if (!IpcError.is(error) || error.object !== undefined) return error;
  const object = spellPath(path);
  const what = error.message.slice(error.code.length + 2);
  return new IpcError(error.code, `${object}: ${what}`, {
    ...(error.op === undefined ? {} : { op: error.op }),
    object,
  });
}

/** The error for a value that throws when it is looked at: a getter's error, a revoked proxy's. */
export function refuseThrower(path: Path, cause: unknown): never {
  const what = cause instanceof Error ? `cannot be read: ${cause.message}` : 'cannot be read';
  throw new IpcError('EBADBODY', `${spellPath(path)}: ${what}`, { object: spellPath(path), cause });
}

function spellStep(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

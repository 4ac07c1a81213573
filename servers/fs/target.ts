import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type Path, pathBytes, pathOf } from '../vfs/index.ts';
import { wrongType, wrongValue } from './wrong-call.ts';

/** A path argument: what goes to the server, and what errors show. */
export type Target = {
  readonly path: Path;
  readonly shown: string;
  /** `''` names nothing, while the server's own `''` is the root. */
  readonly isEmpty: boolean;
  /** It ends in a slash: nothing but a directory will do. */
  readonly slash: boolean;
  /** It ends in `.`, by which a directory has no name that could be taken from it; then `slash` holds too. */
  readonly dot: boolean;
};

/**
 * Checks a path argument and brings it into the server's form. `.` and `..` are taken out here, by the text alone; a relative
 * path starts at the root.
 *
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, and those of `fileURLToPath`
 */
export function targetOf(value: unknown, name = 'path'): Target {
  const given = value instanceof URL ? fileURLToPath(value) : value;
  if (typeof given === 'string') {
    if (given.includes('\0')) throw wrongValue(name, given, NO_NULL);
    return { path: normal(given), shown: given, isEmpty: given === '', ...endingOf(given) };
  }
  if (!(given instanceof Uint8Array)) throw wrongType(name, 'of type string or an instance of Buffer or URL', given);
  if (given.includes(0)) throw wrongValue(name, given, NO_NULL);
  const latin1 = pathBytes(given).toString('latin1');
  const path = pathOf(Buffer.from(normal(latin1), 'latin1'));
  return { path, shown: pathBytes(given).toString(), isEmpty: latin1 === '', ...endingOf(latin1) };
}

/** The same as an argument for another call. */
export function below(directory: Target, name: Path): Target {
  const path =
    directory.path.length === 0 ? name : pathOf(Buffer.concat([pathBytes(directory.path), SLASH, pathBytes(name)]));
  const shown = posix.join(directory.shown, pathBytes(name).toString());
  return { path, shown, isEmpty: false, slash: false, dot: false };
}

const NO_NULL = 'must be a string, Uint8Array, or URL without null bytes';
const SLASH = Buffer.from('/');

function normal(path: string): string {
  return posix.resolve('/', path).slice(1);
}

function endingOf(path: string): { slash: boolean; dot: boolean } {
  const dot = /(^|\/)\.\/*$/.test(path);
  return { slash: dot || (path.length > 1 && path.endsWith('/')), dot };
}

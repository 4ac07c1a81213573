import { systemErrorCode, VfsError } from './error.ts';
import type { Path } from './path.ts';

/** A refusal of ours in the shape of the host's own errors; `refusing` adds operation and path to both alike. */
export function systemError(code: string): Error & { code: string } {
  return Object.assign(new Error(code), { code });
}

/** Runs `act`; the system's errors leave with the operation and the path as the client knows them, not with our detours. */
export function refusing<T>(operation: string, path: Path, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw refusalOf(error, operation, path);
  }
}

/** What `refusing` throws in the place of `error`. */
export function refusalOf(error: unknown, operation: string, path: Path): unknown {
  const code = systemErrorCode(error);
  return error instanceof VfsError || code === undefined ? error : new VfsError(code, operation, path, error);
}

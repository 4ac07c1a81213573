import { type Path, systemErrorCode, VfsError } from '../vfs/index.ts';

/** A refusal of ours in the shape of the host's own errors; `refusing` adds operation and path to both alike. */
export function hostError(code: string): Error & { code: string } {
  return Object.assign(new Error(code), { code });
}

/** Runs `act`; the system's errors leave with the operation and the path as the client knows them, not with our detours. */
export function refusing<T>(operation: string, path: Path, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof VfsError || code === undefined) throw error;
    throw new VfsError(code, operation, path, error);
  }
}

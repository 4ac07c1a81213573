import { getSystemErrorMap } from 'node:util';

import { showPath, type Path } from './path.ts';

/** A file system's refusal. `code` is the system's own (`ENOENT`, `EACCES`, `ELOOP`); the text names the path as the caller spelled it. */
export class VfsError extends Error {
  readonly code: string;

  constructor(code: string, operation: string, path: Path, cause?: unknown) {
    super(`${code}: ${systemErrorText(code)}, ${operation} ${showPath(path)}`, cause === undefined ? {} : { cause });
    this.name = 'VfsError';
    this.code = code;
  }
}

/** The `code` of an error made by the system (`ENOENT`); undefined for any other. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** What the system says of a code. */
export function systemErrorText(code: string): string {
  return TEXTS.get(code) ?? 'refused';
}

/** Node makes a new map at each call, and refusals are frequent: whoever makes files looks first whether they are there. */
const TEXTS: ReadonlyMap<string, string> = new Map(getSystemErrorMap().values());

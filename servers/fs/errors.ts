import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

import { IpcError } from 'easync';

import { systemErrorCode } from '../vfs/index.ts';

/** What an error of `node:fs` names: the paths as the caller spelled them. */
export type Shown = { path?: string | undefined; dest?: string | undefined };

/** An error with the properties and the text of `node:fs`'s own. */
export function fsError(code: string, syscall: string, shown: Shown = {}, cause?: unknown): NodeJS.ErrnoException {
  const { path, dest } = shown;
  const quoted = `${path === undefined ? '' : ` '${path}'`}${dest === undefined ? '' : ` -> '${dest}'`}`;
  const { errno, text } = ERRORS.get(code) ?? UNKNOWN.get(code) ?? { errno: 0, text: 'unknown error' };
  const error = new Error(`${code}: ${text}, ${syscall}${quoted}`, cause === undefined ? {} : { cause });
  const names = { ...(path === undefined ? {} : { path }), ...(dest === undefined ? {} : { dest }) };
  return Object.assign(error, { errno, code, syscall, ...names });
}

/**
 * What the caller is told of a call that failed. A server that has gone, or a stub that was disposed, is EIO for a path, and
 * ESTALE for an open file, since no other server has that file open; the `IpcError` is the `cause`. What is no refusal of a
 * file system is a fault of the driver or of the call, and stays what it is.
 */
export function failure(error: unknown, syscall: string, shown: Shown | 'file'): unknown {
  const names = shown === 'file' ? {} : shown;
  if (IpcError.is(error)) {
    return GONE.has(error.code) ? fsError(shown === 'file' ? 'ESTALE' : 'EIO', syscall, names, error) : error;
  }
  const code = systemErrorCode(error);
  return code === undefined ? error : fsError(code, syscall, names);
}

/** Whether it is one of `fsError`'s or the server's, with that code. */
export function isRefusal(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

export function aborted(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

type Described = { errno: number; text: string };

const ERRORS: ReadonlyMap<string, Described> = new Map(
  [...getSystemErrorMap()].map(([errno, [code, text]]) => [code, { errno, text }]),
);

/** The system's, and not in Node's table. */
const UNKNOWN: ReadonlyMap<string, Described> = new Map([
  ['ESTALE', { errno: -constants.errno.ESTALE, text: 'stale file handle' }],
  ['EDQUOT', { errno: -constants.errno.EDQUOT, text: 'disk quota exceeded' }],
]);

const GONE: ReadonlySet<string> = new Set([
  'ESERVERDIED',
  'EBROKERDIED',
  'MACH_SEND_INVALID_DEST',
  'MACH_SEND_INVALID_RIGHT',
  'ERELEASED',
]);

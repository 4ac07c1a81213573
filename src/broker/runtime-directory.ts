import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { IpcError } from '../errors.ts';

/**
 * Where the broker of a name listens, in a directory of this user's own; without a name, the one that nobody named.
 *
 * @throws IpcError EINVAL
 */
export function brokerSocket(name = 'broker'): string {
  if (!NAME.test(name)) {
    const text = `a broker's name is letters, digits, '.', '_' and '-', and starts with a letter or digit; '${name}' is none`;
    throw new IpcError('EINVAL', text, { object: name });
  }
  return join(runtimeDirectory(), `${name}.sock`);
}

function runtimeDirectory(): string {
  const base = process.env['XDG_RUNTIME_DIR'];
  return base === undefined || base === '' ? join(tmpdir(), `easync-${userId()}`) : join(base, 'easync');
}

/**
 * Makes sure that nobody but this user can reach the socket: its directory is a real directory, this user's, mode 0700.
 * It is made if it is missing.
 *
 * @throws IpcError ERUNTIMEDIR
 */
export function securedDirectory(socket: string): string {
  const directory = dirname(socket);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw new IpcError('ERUNTIMEDIR', `${directory} cannot be made: ${String(error)}`, {
        object: directory,
        cause: error,
      });
    }
  }
  checkDirectory(directory);
  return directory;
}

/**
 * The socket, if nobody but this user can have put it there: whoever gets in first with a directory of that name could
 * play the broker. A missing directory is nobody's.
 *
 * @throws IpcError ERUNTIMEDIR
 */
export function checkedSocket(socket: string): string {
  checkDirectory(dirname(socket));
  return socket;
}

function checkDirectory(directory: string): void {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isSymbolicLink()) throw refused(directory, 'is a symbolic link');
  if (!found.isDirectory()) throw refused(directory, 'is not a directory');
  if (found.uid !== userId()) throw refused(directory, `belongs to user ${found.uid}`);
  if ((found.mode & 0o777) !== 0o700) {
    const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
    throw refused(directory, `has mode ${mode}, so that others could get in; chmod 700 it`);
  }
}

function refused(directory: string, why: string): IpcError {
  return new IpcError(
    'ERUNTIMEDIR',
    `${directory} ${why}; a broker's socket needs a directory of your own with mode 0700`,
    {
      op: 'listen',
      object: directory,
    },
  );
}

function userId(): number {
  return process.getuid?.() ?? 0;
}

/** It becomes a file's name, beside others that have `~` or `.sock.` in theirs. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

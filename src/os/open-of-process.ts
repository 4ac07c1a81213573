import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { IpcError, type ErrorCode } from '../errors.ts';

/**
 * Opens what another process has open as `fd`, if it is a regular file without a name. The descriptor is this process's own.
 *
 * @throws IpcError ENOENT, EPERM, EINVAL, KERN_RESOURCE_SHORTAGE
 */
export function openOfProcess(pid: number, fd: number, access: 'r' | 'rw' = 'rw'): number {
  const path = `/proc/${pid}/fd/${fd}`;
  try {
    // Looked at before it is opened, for a FIFO or a device can do anything then; and after, for the other may put another there.
    checkNameless(path, statSync(path));
    const opened = openSync(path, (access === 'r' ? constants.O_RDONLY : constants.O_RDWR) | constants.O_NONBLOCK);
    try {
      checkNameless(path, fstatSync(opened));
      return opened;
    } catch (error) {
      closeSync(opened);
      throw error;
    }
  } catch (error) {
    throw IpcError.is(error) ? error : refused(path, error);
  }
}

function checkNameless(path: string, stats: Stats): void {
  const why = !stats.isFile() ? 'is no regular file' : stats.nlink !== 0 ? 'has a name' : undefined;
  if (why === undefined) return;
  throw new IpcError(
    'EINVAL',
    `${path} ${why}; shared memory is a file without one: give the descriptor of a nameless file`,
    {
      op: 'openNamelessFile',
      object: path,
    },
  );
}

const REASONS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['ENOENT', 'the process has ended, or has closed it'],
  ESRCH: ['ENOENT', 'the process has ended'],
  EACCES: [
    'EPERM',
    'the process is of another user, or does not let itself be looked into; share memory within one user',
  ],
  EPERM: ['EPERM', 'the system forbids it; share memory within one user'],
};

function refused(path: string, cause: unknown): IpcError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const [ours, why] = REASONS[code] ?? ['KERN_RESOURCE_SHORTAGE', String(cause)];
  return new IpcError(ours, `${path} cannot be opened: ${why}`, { op: 'openNamelessFile', object: path, cause });
}

import { closeSync, ftruncateSync, openSync, statfsSync } from 'node:fs';
import { IpcError } from '../errors.ts';
import { type Libc, libc } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';

/**
 * A descriptor of memory that has no name and takes none, and that nobody can shorten: whoever touches a mapping beyond the end of
 * its file is killed.
 *
 * `seals` `'later'`: `sealAgainstWriters` will be called too.
 *
 * @throws IpcError KERN_RESOURCE_SHORTAGE
 */
export function createSealedMemory(libc: Libc, bytes: number, seals: 'all' | 'later' = 'all'): number {
  const made = libc.memfdCreate('easync', MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (made < 0) throw noMemory(bytes, libc.error());
  try {
    ftruncateSync(made, bytes);
    const first = seals === 'all' ? SIZE_SEALS | F_SEAL_SEAL : SIZE_SEALS;
    if (libc.fcntl(made, F_ADD_SEALS, first) !== 0) throw new Error(libc.error());
    // Node knows what it has opened itself: a thread closes that when it ends, and warns about a close of anything else.
    return openSync(`/proc/self/fd/${made}`, 'r+');
  } catch (error) {
    throw noMemory(bytes, String(error), error);
  } finally {
    libc.close(made);
  }
}

/** From now on it is written through the mappings that there are, and through nothing else. Linux before 5.1 cannot. */
export function sealAgainstWriters(libc: Libc, fd: number): void {
  if (libc.fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) !== 0) libc.fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL);
}

/** Whether nobody can change the size of what the descriptor is of, so that it may be mapped. False where nobody can tell. */
export function isSealedMemory(fd: number): boolean {
  const seals = libc()?.fcntl(fd, F_GET_SEALS, 0) ?? -1;
  if (seals < 0 || (seals & SIZE_SEALS) !== SIZE_SEALS) return false;
  // Huge pages can be sealed too; but whoever touches one when there is none left is killed.
  return statfsSync(`/proc/self/fd/${fd}`).type === TMPFS_MAGIC;
}

/** Whether memory can be sealed and mapped here, and both windows on it show the same. Tried once. */
export function mappingWorks(): boolean {
  return (works ??= tryMapping());
}

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
const F_SEAL_SEAL = 1;
const F_SEAL_FUTURE_WRITE = 16;
/** F_SEAL_SHRINK and F_SEAL_GROW. */
const SIZE_SEALS = 2 | 4;
const TMPFS_MAGIC = 0x0102_1994;
const PROBED = 0x0ea5_79c0;
let works: boolean | undefined;

function tryMapping(): boolean {
  const c = libc();
  if (c === undefined) return false;
  let fd: number | undefined;
  try {
    fd = createSealedMemory(c, c.pageBytes);
    using one = MappedMemory.map(c, fd, 0, c.pageBytes);
    using other = MappedMemory.map(c, fd, 0, c.pageBytes);
    one?.store(0, PROBED);
    return isSealedMemory(fd) && other?.load(0) === PROBED;
  } catch {
    return false; // Forbidden, in a sandbox for instance: files it is.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function noMemory(bytes: number, why: string, cause?: unknown): IpcError {
  return new IpcError(
    'KERN_RESOURCE_SHORTAGE',
    `the system gives no shared memory of ${bytes} bytes: ${why}; ask for less, or raise the limits of this process`,
    { op: 'createNamelessFile', object: 'shared memory', cause },
  );
}

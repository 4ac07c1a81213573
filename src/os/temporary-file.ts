import { randomBytes } from 'node:crypto';
import { closeSync, constants, ftruncateSync, lstatSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IpcError } from '../errors.ts';

/**
 * A descriptor of a file that has no name and takes none. Where the file system knows no such files it has one for a moment: what a
 * crash leaves then, `sweepNamelessFiles` removes.
 *
 * @throws IpcError KERN_RESOURCE_SHORTAGE
 */
export function createTemporaryFile(bytes: number, directory = tmpdir()): number {
  let fd: number | undefined;
  try {
    fd = openNameless(directory) ?? openUnlinked(directory);
    ftruncateSync(fd, bytes);
    return fd;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw noFile(bytes, directory, error);
  }
}

/** A file under a random name, which it has lost again when this returns. */
export function openUnlinked(directory: string): number {
  const path = join(directory, `${PREFIX}${process.pid}-${randomBytes(8).toString('hex')}`);
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, OWNER_ONLY);
  rmSync(path, { force: true }); // Gone already if somebody who does not see our process swept it.
  return fd;
}

/**
 * Removes files of this user whose makers died between making one and taking its name away. What cannot be looked at or removed
 * stays: it harms nobody.
 */
export function sweepNamelessFiles(directory = tmpdir()): void {
  try {
    for (const name of readdirSync(directory))
      if (isLeft(directory, name)) rmSync(join(directory, name), { force: true });
  } catch {
    return;
  }
}

const PREFIX = 'easync-memory-';
const PATTERN = /^easync-memory-(\d+)-[0-9a-f]{16}$/;
const OWNER_ONLY = 0o600;
/** Linux, x64 and arm64. With O_EXCL nobody can give the file a name later. */
const O_TMPFILE = 0o20_000_000 | constants.O_DIRECTORY;
/** What says that the kernel, or the file system, has no such files. */
const UNSUPPORTED = ['ENOTSUP', 'EISDIR', 'EINVAL'];

function openNameless(directory: string): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return openSync(directory, O_TMPFILE | constants.O_RDWR | constants.O_EXCL, OWNER_ONLY);
  } catch (error) {
    if (UNSUPPORTED.includes(codeOf(error))) return undefined;
    throw error;
  }
}

function isLeft(directory: string, name: string): boolean {
  const maker = PATTERN.exec(name)?.[1];
  if (maker === undefined || isAlive(Number(maker))) return false;
  const file = lstatSync(join(directory, name), { throwIfNoEntry: false });
  return file?.isFile() === true && file.uid === process.getuid?.();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function noFile(bytes: number, directory: string, cause: unknown): IpcError {
  return new IpcError(
    'KERN_RESOURCE_SHORTAGE',
    `no file of ${bytes} bytes can be made in ${directory} for shared memory: ${String(cause)}; set TMPDIR to a directory with room`,
    { op: 'createNamelessFile', object: directory, cause },
  );
}

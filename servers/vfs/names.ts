import { VfsError } from './error.ts';
import { pathBytes, type Path } from './path.ts';

/**
 * The names a path is made of, root first; none for the root itself. What could leave the root or cheat the host is refused
 * before any file system call: absolute paths, `.`, `..`, empty parts, NUL. A name can then mean nothing but an entry of the
 * directory it is looked up in.
 *
 * @param maxBytes the longest path served; the host refuses the same length (ENAMETOOLONG), however it would be spelled here.
 * @throws VfsError EINVAL, EPERM (`..`, absolute) or ENAMETOOLONG
 */
export function parsePath(path: unknown, operation: string, maxBytes: number): Buffer[] {
  checkPath(path, operation);
  const bytes = pathBytes(path);
  if (bytes.length === 0) return [];
  if (bytes.length > maxBytes) throw new VfsError('ENAMETOOLONG', operation, path);
  if (bytes.includes(0)) throw new VfsError('EINVAL', operation, path);
  if (bytes[0] === SLASH) throw new VfsError('EPERM', operation, path);
  const names = splitPath(bytes);
  for (const name of names) checkName(name, operation, path);
  return names;
}

/**
 * Whether `parsePath` would take it, and it is as simple as nearly all are: ASCII, and no name starts with a dot. Its
 * directory and its last name are then what stands before and behind the last `/`, in whichever encoding.
 */
export function isPlainPath(path: unknown, maxBytes: number): path is string {
  if (typeof path !== 'string' || path.length > maxBytes) return false;
  let isStart = true;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code === 0 || code > 0x7f || (isStart && (code === SLASH || code === DOT))) return false;
    isStart = code === SLASH;
  }
  return !isStart;
}

/**
 * The bytes of a symbolic link's target, which may say whatever it likes.
 *
 * @throws VfsError EINVAL, ENOENT for an empty one, ENAMETOOLONG
 */
export function parseTarget(target: unknown, operation: string): Buffer {
  checkPath(target, operation);
  const bytes = pathBytes(target);
  if (bytes.length === 0) throw new VfsError('ENOENT', operation, target);
  if (bytes.length > MAX_TARGET_BYTES) throw new VfsError('ENAMETOOLONG', operation, target);
  if (bytes.includes(0)) throw new VfsError('EINVAL', operation, target);
  return bytes;
}

/** The parts between slashes, as they stand: `.`, `..` and empty ones too. */
export function splitPath(bytes: Buffer): Buffer[] {
  const names: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(SLASH); end !== -1; end = bytes.indexOf(SLASH, start)) {
    names.push(bytes.subarray(start, end));
    start = end + 1;
  }
  names.push(bytes.subarray(start));
  return names;
}

function checkPath(path: unknown, operation: string): asserts path is Path {
  if (typeof path === 'string' || path instanceof Uint8Array) return;
  throw new VfsError('EINVAL', operation, `not a path: ${typeof path}`);
}

function checkName(name: Buffer, operation: string, path: Path): void {
  if (name.length === 0) throw new VfsError('EINVAL', operation, path);
  if (name[0] !== DOT) return;
  if (name.length === 1) throw new VfsError('EINVAL', operation, path);
  if (name.length === 2 && name[1] === DOT) throw new VfsError('EPERM', operation, path);
}

const SLASH = 0x2f;
const DOT = 0x2e;

/** Linux's PATH_MAX, less the NUL. */
const MAX_TARGET_BYTES = 4095;

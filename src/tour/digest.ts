import { createHash } from 'node:crypto';

import { type Path, pathBytes } from 'easync/servers/vfs';

/**
 * A path relative to DIR, one character (U+0000…U+00FF) per byte: a Map key that tells all byte sequences apart, and whose
 * order as a string is the order of the bytes.
 */
export type PathKey = string;

export function pathKey(path: Path): PathKey {
  return pathBytes(path).toString('latin1');
}

export function pathOfKey(key: PathKey): Buffer {
  return Buffer.from(key, 'latin1');
}

/**
 * sha256 over `path \0 hex(sha256(content)) \n` of each file, in bytewise order of the paths.
 *
 * @param files content hashes in hex
 */
export function digestOf(files: ReadonlyMap<PathKey, string>): string {
  const hash = createHash('sha256');
  for (const key of [...files.keys()].sort()) hash.update(`${key}\0${files.get(key) ?? ''}\n`, 'latin1');
  return hash.digest('hex');
}

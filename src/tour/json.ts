import { decodePath } from 'easync/servers/vfs';

import { type PathKey, pathOfKey } from './digest.ts';
import type { TourResult } from './result.ts';

/**
 * The result as one JSON object. `changed` is there only if something changed between the passes.
 *
 * Paths that are not UTF-8 are spelled as PEP 383 does: a byte 0xNN outside UTF-8 is the lone surrogate U+DCNN. No name that is
 * UTF-8 contains one, so nothing is lost (Python's `os.fsencode` gives the bytes back).
 */
export function toJson({ dir, rows, skipped, changed }: TourResult): string {
  const { files, bytes, digest } = rows.direct;
  return JSON.stringify({
    dir,
    files,
    bytes,
    digest,
    skipped: skipped.map(([key, code]) => ({ path: jsonPath(key), code })),
    ...(changed.length > 0 ? { changed: changed.map(jsonPath) } : {}),
    placements: rows,
  });
}

function jsonPath(key: PathKey): string {
  return decodePath(pathOfKey(key), (byte) => String.fromCharCode(0xdc00 + byte));
}

import type { Stats } from 'node:fs';

import { systemError } from '../vfs/index.ts';

/** @throws ELOOP for a symbolic link, EISDIR, EOPNOTSUPP for a FIFO, socket or device */
export function requireRegular(stats: Stats): void {
  if (stats.isFile()) return;
  if (stats.isSymbolicLink()) throw systemError('ELOOP');
  throw systemError(stats.isDirectory() ? 'EISDIR' : 'EOPNOTSUPP');
}

import type { Stats } from 'node:fs';

import { hostError } from './refusal.ts';

/** @throws ELOOP for a symbolic link, EISDIR, EOPNOTSUPP for a FIFO, socket or device */
export function requireRegular(stats: Stats): void {
  if (stats.isFile()) return;
  if (stats.isSymbolicLink()) throw hostError('ELOOP');
  throw hostError(stats.isDirectory() ? 'EISDIR' : 'EOPNOTSUPP');
}

import type { Routines, Subsystem } from 'easync';
import { type Open, placements, type Row, type Setting } from 'easync/testing';
import { basename } from 'node:path';

/** Runs a suite in every row there is, or in some. */
export function everywhere<R extends Routines>(
  subsystem: Subsystem<R>,
  module: URL,
  suite: (open: Open<R>, setting: Setting) => void,
  rows: readonly Row[] = ROWS,
): void {
  const name = basename(module.pathname, '.js');
  placements({ subsystem, module, name }, suite, { only: rows });
}

const ROWS: readonly Row[] = ['inline', 'unchecked', 'memory', 'thread', 'process', 'group', 'socket', 'broker'];

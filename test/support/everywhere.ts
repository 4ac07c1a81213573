import type { Routines, Subsystem } from 'easync';
import { type Open, placements, type Row, type Setting } from 'easync/testing';

/** Runs a suite in every placement and over every link. Inline it runs both as users have it and in test mode. */
export function everywhere<R extends Routines>(
  subsystem: Subsystem<R>,
  module: URL,
  suite: (open: Open<R>, setting: Setting) => void,
): void {
  const name = module.pathname.replace(/^.*\/(.*)\.js$/, '$1');
  placements({ subsystem, module, name: `${name}, unchecked` }, suite, { only: ['inline'], check: false });
  placements({ subsystem, module, name }, suite, { only: ALL });
}

const ALL: readonly Row[] = ['inline', 'memory', 'thread', 'process', 'group', 'socket', 'broker'];

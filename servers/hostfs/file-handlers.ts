import type { Handlers } from 'easync';

import { type File, given, givenMode } from '../vfs/index.ts';
import type { OpenFile } from './open-file.ts';

/** What may not be done: `writable` throws where nothing may be changed, `mode` for one that may not be set. */
export type Checks = { writable: (operation: string) => void; mode: (mode: number) => void };

/** The routines of one open file. */
export function fileHandlers(file: OpenFile, check: Checks): Handlers<(typeof File)['routines']> {
  /** For the routines that change something. */
  const forChange = <T>(operation: string, args: T): T => {
    check.writable(operation);
    return given(operation, args);
  };
  return {
    read(args) {
      const { offset, length } = given('read', args);
      return file.read(offset, length);
    },
    write(args) {
      const { offset, data } = forChange('write', args);
      return file.write(offset, data);
    },
    truncate: (args) => file.truncate(forChange('truncate', args).length),
    sync: (args) => file.sync(given('sync', args).dataOnly),
    stat: () => file.stat(),
    chmod(args) {
      const { mode } = forChange('chmod', args);
      check.mode(givenMode('chmod', mode));
      file.chmod(mode);
    },
    utimes: (args) => file.utimes(forChange('utimes', args)),
    close: () => file.close(),
  };
}

import type { Handlers } from 'easync';

import { type File, given } from '../vfs/index.ts';
import type { OpenFile } from './open-file.ts';

/** The routines of one open file. `checkWritable` throws where nothing may be changed. */
export function fileHandlers(
  file: OpenFile,
  checkWritable: (operation: string) => void,
): Handlers<(typeof File)['routines']> {
  /** For the routines that change something. */
  const forChange = <T>(operation: string, args: T): T => {
    checkWritable(operation);
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
    chmod: (args) => file.chmod(forChange('chmod', args).mode),
    utimes: (args) => file.utimes(forChange('utimes', args)),
    close: () => file.close(),
  };
}

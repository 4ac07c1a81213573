import { closeSync, constants, fstatSync, ftruncateSync, openSync, statSync } from 'node:fs';

import { makeDurable } from '../blockfile/durable-name.ts';
import { requireRegular } from '../hostfs/regular.ts';
import { refusing, VfsError } from '../vfs/index.ts';
import type { CheckedFile } from './options.ts';

/** `identity` tells it from every other file of the host. */
export type OpenedFile = { fd: number; size: number; identity: string };

/**
 * Opens the file, of the length it shall have. `opened` has what this pager serves already: two objects of one file would not know
 * of each other's pages.
 *
 * @throws VfsError with the host's code; EISDIR or EOPNOTSUPP for what is no regular file, EBUSY for one that is served already
 */
export function openFile({ path, readOnly, size }: Omit<CheckedFile, 'name'>, opened: Set<string>): OpenedFile {
  return refusing('open', path, () => {
    // A path may name anything: without O_NONBLOCK the open of a FIFO would wait for its other end.
    const access = readOnly ? constants.O_RDONLY : constants.O_RDWR | (size === null ? 0 : constants.O_CREAT);
    const fd = openSync(path, access | constants.O_NONBLOCK, 0o600);
    try {
      requireRegular(fstatSync(fd));
      const identity = identityOf(fd);
      if (opened.has(identity)) throw new VfsError('EBUSY', 'open', path);
      if (size !== null && fstatSync(fd).size < size) {
        ftruncateSync(fd, size);
        makeDurable(fd, path);
      }
      opened.add(identity);
      return { fd, size: fstatSync(fd).size, identity };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

/** Device and number. Of a path: of the file that it leads to now. */
export function identityOf(file: number | string): string {
  const { dev, ino } = typeof file === 'number' ? fstatSync(file, { bigint: true }) : statSync(file, { bigint: true });
  return `${dev}:${ino}`;
}

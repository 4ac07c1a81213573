import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** What is flushed into a new file later is lost all the same unless its length and its name are on the medium. */
export function makeDurable(fd: number, path: string): void {
  fsyncSync(fd);
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

import { constants } from 'node:fs';

import type { OpenHow } from '../vfs/index.ts';

/** open(2)'s flags for a file that is there. What makes and truncates files is left to who opens. */
export function openFlags({ access = 'read', append = false }: OpenHow): number {
  return ACCESS[access] | (append ? constants.O_APPEND : 0);
}

/** For a file that must not be there: nothing that somebody puts in its place meanwhile is opened. */
export function creationFlags(how: OpenHow): number {
  return openFlags(how) | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
}

const ACCESS = { read: constants.O_RDONLY, write: constants.O_WRONLY, both: constants.O_RDWR };

import { readdirSync, readlinkSync } from 'node:fs';

/** Files of this directory that this process has open; one that has no name any more ends with ` (deleted)`. */
export function openFilesIn(directory: string): string[] {
  return readdirSync('/proc/self/fd')
    .map(linkOf)
    .filter((link) => link.startsWith(directory));
}

/** One may be closed between the listing and the look. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

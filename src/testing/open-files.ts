import { fstatSync, readdirSync, readlinkSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** A file, by its path of now, and by what stays when it is renamed or removed. */
export type OpenFile = { path: string; identity: string };

/**
 * The files and directories that this process has open, by descriptor. None where they cannot be told: anywhere but on Linux, and
 * in a worker thread, whose process has those of the other threads too. Devices do not count: Node opens some for itself.
 */
export function openFiles(): ReadonlyMap<number, OpenFile> {
  const open = new Map<number, OpenFile>();
  if (process.platform !== 'linux' || !isMainThread) return open;
  for (const name of readdirSync(DESCRIPTORS)) {
    const fd = Number(name);
    const file = fileOf(fd);
    if (file !== undefined) open.set(fd, file);
  }
  return open;
}

const DESCRIPTORS = '/proc/self/fd';

function fileOf(fd: number): OpenFile | undefined {
  try {
    const path = readlinkSync(`${DESCRIPTORS}/${fd}`);
    if (!path.startsWith('/') || /^\/(?:dev\/|proc\/|memfd:)/.test(path)) return undefined;
    const { dev, ino } = fstatSync(fd);
    return { path, identity: `${dev}:${ino}` };
  } catch {
    // It has been closed meanwhile, as has the one that has read the directory.
    return undefined;
  }
}

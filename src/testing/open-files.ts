import { readdirSync, readlinkSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/**
 * The files and directories that this process has open, by descriptor. None where they cannot be told: anywhere but on Linux, and
 * in a worker thread, whose process has those of the other threads too. Devices do not count: Node opens some for itself.
 */
export function openFiles(): ReadonlyMap<number, string> {
  const open = new Map<number, string>();
  if (process.platform !== 'linux' || !isMainThread) return open;
  for (const fd of readdirSync(DESCRIPTORS)) {
    const path = targetOf(fd);
    if (path?.startsWith('/') === true && !/^\/(?:dev|proc|memfd:)/.test(path)) open.set(Number(fd), path);
  }
  return open;
}

const DESCRIPTORS = '/proc/self/fd';

/** Nothing if it has been closed meanwhile, as has the one that has read the directory. */
function targetOf(fd: string): string | undefined {
  try {
    return readlinkSync(`${DESCRIPTORS}/${fd}`);
  } catch {
    return undefined;
  }
}

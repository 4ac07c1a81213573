import { Worker } from 'node:worker_threads';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { readingSocket, socketLink } from '../link/socket-link.ts';
import { LIFELINE_FD, LINK_FD } from './child-process.ts';
import { linkOptions } from './unix-socket.ts';

/** In a spawned task: the link to the parent. To be called once. */
export function inheritedLink(fd: number = LINK_FD, limits: Limits = DEFAULT_LIMITS): Link {
  return socketLink((onread) => readingSocket({ fd }, onread), linkOptions(limits));
}

/**
 * In a spawned task: kills this process when its parent is gone, even if its main thread never comes back to its event
 * loop. A thread of its own waits on the lifeline; it does not keep the process alive.
 */
export function watchLifeline(fd: number = LIFELINE_FD): void {
  const built = import.meta.url.endsWith('.js');
  const entry = new URL(built ? './lifeline.js' : './lifeline.ts', import.meta.url);
  // What the task asked Node to load is not for this thread; sources do need their loader.
  const execArgv = built ? [] : process.execArgv;
  new Worker(entry, { workerData: { fd }, execArgv }).unref();
}

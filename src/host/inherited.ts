import { Worker } from 'node:worker_threads';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { readingSocket, socketLink } from '../link/socket-link.ts';
import { dieWithParent } from '../os/parent-death.ts';
import { LIFELINE_FD, LINK_FD } from './child-process.ts';
import { linkOptions } from './unix-socket.ts';

/** In a spawned task: the link to the parent. To be called once. */
export function inheritedLink(fd: number = LINK_FD, limits: Limits = DEFAULT_LIMITS): Link {
  return socketLink((onread) => readingSocket({ fd }, onread), linkOptions(limits));
}

/**
 * In a spawned task: this process must not outlive its parent, whatever its main thread is doing. The system sees to it
 * where it can be asked (it kills even a stopped process), else a thread does.
 */
export function endWithParent(): void {
  if (!dieWithParent()) watchLifeline();
}

/**
 * In a spawned task: kills this process when its parent is gone, even if its main thread never comes back to its event
 * loop. A thread of its own waits on the lifeline; it does not keep the process alive.
 */
export function watchLifeline(fd: number = LIFELINE_FD): void {
  const built = import.meta.url.endsWith('.js');
  const entry = new URL(built ? '../host/lifeline.js' : '../host/lifeline.ts', import.meta.url);
  // What the task asked Node to load is not for this thread; sources do need their loader.
  const execArgv = built ? [] : process.execArgv;
  new Worker(entry, { workerData: { fd }, execArgv }).unref();
}

import type { Inventory } from '../../src/testing/inventory.ts';

/** Timers, handles and children that keep this process alive. Those that Node's own work or a test runner's makes come and go. */
export function activeResources(): Inventory {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (PASSING.has(kind)) continue;
    const what = WORDS[kind] ?? kind;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}

const PASSING: ReadonlySet<string> = new Set(['Immediate', 'FSReqPromise', 'FSReqCallback', 'MessagePort', 'TTYWrap']);

const WORDS: Readonly<Record<string, string>> = {
  Timeout: 'timer (Timeout)',
  FSEventWrap: 'file watcher (FSEventWrap)',
  StatWatcher: 'file watcher (StatWatcher)',
  ProcessWrap: 'child process (ProcessWrap)',
  PipeWrap: 'pipe or Unix socket (PipeWrap)',
  PipeServerWrap: 'server on a Unix socket (PipeServerWrap)',
  TCPServerWrap: 'TCP server (TCPServerWrap)',
  TCPSocketWrap: 'TCP connection (TCPSocketWrap)',
  UDPWrap: 'UDP socket (UDPWrap)',
};

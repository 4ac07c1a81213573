import type { Port } from './records.ts';

/** Whether the receive right of `from` is that of `target`, or waits in its queue, or in one that does (mach.md §12). */
export function leadsTo(from: Port, target: Port): boolean {
  let port: Port | null = from;
  while (port !== null && port !== target) port = port.owner.kind === 'transit' ? port.owner.to : null;
  return port === target;
}

import { forgetArrival } from './queue.ts';
import type { Port, PortSet } from './records.ts';

/** What is queued at the port comes after all that the set has (mach.md §13). */
export function joinSet(port: Port, set: PortSet): void {
  port.set = set;
  set.members.add(port);
  for (const message of port.queue) message.arrival = set.arrivals.push(message);
}

/** The port has its messages to itself again, in order. Leaving no set does nothing. */
export function leaveSet(port: Port): void {
  for (const message of port.queue) forgetArrival(port, message);
  port.set?.members.delete(port);
  port.set = null;
}

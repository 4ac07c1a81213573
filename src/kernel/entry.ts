import type { Entry } from './records.ts';
import { RIGHT, TYPE } from './types.ts';

/** The bits that `port_type` answers. */
export function typeOf(entry: Entry): number {
  if (entry.kind === 'dead') return TYPE.DEAD_NAME;
  if (entry.kind === 'set') return TYPE.PORT_SET;
  const request = entry.request === null ? 0 : TYPE.DNREQUEST;
  if (entry.kind === 'once') return (TYPE.SEND_ONCE | request) >>> 0;
  return ((entry.sends > 0 ? TYPE.SEND : 0) | (entry.receive ? TYPE.RECEIVE : 0) | request) >>> 0;
}

/** References an entry has of one kind of right; 0 if it lacks that right. */
export function refsOf(entry: Entry, right: number): number {
  if (entry.kind === 'dead') return right === RIGHT.DEAD_NAME ? entry.urefs : 0;
  if (entry.kind === 'set') return right === RIGHT.PORT_SET ? 1 : 0;
  if (entry.kind === 'once') return right === RIGHT.SEND_ONCE ? 1 : 0;
  if (right === RIGHT.RECEIVE) return entry.receive ? 1 : 0;
  return right === RIGHT.SEND ? entry.sends : 0;
}

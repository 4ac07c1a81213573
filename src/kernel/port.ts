import { Fifo } from './fifo.ts';
import type { Port, SendOnce, Space } from './records.ts';
import { DEFAULT_QLIMIT } from './types.ts';
import type { State } from './state.ts';

/** A new port, its receive right in hand. */
export function makePort(state: State): Port {
  return {
    id: state.nextPort++,
    owner: { kind: 'transit', to: null },
    charged: null,
    srights: 0,
    mscount: 0,
    seqno: 0,
    qlimit: DEFAULT_QLIMIT,
    queue: new Fifo(),
    delivered: new Fifo(),
    serving: false,
    draining: false,
    blocked: new Fifo(),
    waiting: new Fifo(),
    set: null,
    holders: new Map(),
    onces: new Fifo(),
    tagged: null,
    armed: null,
    noSenders: null,
    backup: null,
    isWatched: false,
  };
}

export function isDead(port: Port): boolean {
  return port.owner.kind === 'dead';
}

/** Counts the port as `space`'s, and not as anybody else's. Null: it is dead. */
export function chargePort(port: Port, space: Space | null): void {
  if (port.charged !== null) port.charged.ports -= 1;
  if (space !== null) space.ports += 1;
  port.charged = space;
}

/** Whether the port is to go somewhere instead of dying; that place may be dead by then. */
export function hasBackup({ backup }: Port): boolean {
  return backup !== null;
}

/** Whether messages are pushed to the task, by the port's own doing or its set's. */
export function isServed(port: Port): boolean {
  return port.serving || port.set?.serving === true;
}

export function makeOnce(port: Port, maker: Space, tag: number, counted: 'pendingCalls' | 'requests'): SendOnce {
  const once: SendOnce = { port, tag, place: null, entry: null, maker, counted, deliveries: 0, aborted: false };
  maker[counted] += 1;
  once.place = port.onces.push(once);
  if (tag !== 0) (port.tagged ??= new Map()).set(tag, once);
  return once;
}

/** Whether the task may make one more send-once right outside of a message. */
export function mayRequest(state: State, space: Space): boolean {
  return space.requests < state.limits.requestsPerTask;
}

/** The one message that this right was good for has arrived. */
export function retireOnce(once: SendOnce): void {
  const { port, tag, place } = once;
  if (place === null || isDead(port)) return;
  port.onces.remove(place);
  if (port.tagged?.get(tag) === once) port.tagged.delete(tag);
  endCall(once);
}

/** The right leads nowhere any more: its maker may make another. */
export function endCall(once: SendOnce): void {
  if (once.counted !== null) once.maker[once.counted] -= 1;
  once.counted = null;
}

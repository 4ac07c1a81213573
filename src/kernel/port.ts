import { Fifo } from './fifo.ts';
import type { Owner, Port, SendOnce } from './records.ts';
import { DEFAULT_QLIMIT } from './rules.ts';
import type { State } from './state.ts';

/** A new port; whoever calls it links the receive right. */
export function makePort(state: State, owner: Owner): Port {
  return {
    id: state.nextPort++,
    owner,
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
    holders: new Map(),
    onces: new Fifo(),
    tagged: null,
    noSenders: null,
  };
}

export function isDead(port: Port): boolean {
  return port.owner.kind === 'dead';
}

export function makeOnce(port: Port, tag: number): SendOnce {
  const once: SendOnce = { port, tag, place: null, entry: null, deliveries: 0, aborted: false };
  once.place = port.onces.push(once);
  if (tag !== 0) (port.tagged ??= new Map()).set(tag, once);
  return once;
}

/** The one message that this right was good for has arrived. */
export function retireOnce({ port, tag, place }: SendOnce): void {
  if (place === null || isDead(port)) return;
  port.onces.remove(place);
  if (port.tagged?.get(tag) === place.value) port.tagged.delete(tag);
}

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
    blocked: new Fifo(),
    waiting: new Fifo(),
    holders: new Map(),
    onces: new Set(),
    tagged: new Map(),
    noSenders: null,
    requests: new Set(),
  };
}

export function isDead(port: Port): boolean {
  return port.owner.kind === 'dead';
}

export function makeOnce(port: Port, tag: number): SendOnce {
  const once: SendOnce = { port, tag, entry: null, deliveries: 0, aborted: false };
  port.onces.add(once);
  if (tag !== 0) port.tagged.set(tag, once);
  return once;
}

/** The one message that this right was good for has arrived. */
export function retireOnce(once: SendOnce): void {
  once.port.onces.delete(once);
  if (once.port.tagged.get(once.tag) === once) once.port.tagged.delete(once.tag);
}

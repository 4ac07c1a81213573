import { notify } from './notify.ts';
import type { Port, PortEntry, Space } from './records.ts';
import type { State } from './state.ts';
import { NOTIFY } from './types.ts';

/** A send with SEND_NOTIFY found the queue full: the request that its task has on the port, if any, waits from now on. */
export function armBySend(port: Port, space: Space): void {
  const entry = port.holders.get(space);
  if (entry?.request?.sendPossible === true) arm(entry);
}

export function arm(entry: PortEntry): void {
  (entry.port.armed ??= new Set()).add(entry);
}

export function disarm(entry: PortEntry): void {
  entry.port.armed?.delete(entry);
}

/** Every armed request on the port fires, once. Whoever comes too late finds the queue full, and arms again. */
export function fireSendPossible(state: State, port: Port): void {
  if (port.armed === null || !state.rules.firesSendPossible(port)) return;
  const entries = port.armed;
  port.armed = null;
  for (const entry of entries) {
    const { request, name } = entry;
    entry.request = null;
    if (request !== null) notify(state, request.notify, { id: NOTIFY.SEND_POSSIBLE, name });
  }
}

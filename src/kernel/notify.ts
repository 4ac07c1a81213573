import { isDead, retireOnce } from './port.ts';
import { enqueue } from './queue.ts';
import type { Port, Right, SendOnce } from './records.ts';
import type { State } from './state.ts';
import { NOTIFY, NULL_NAME } from './types.ts';
import type { Name, Notification } from './types.ts';

/** A notification is a message that uses up `once`. If its port is dead it is dropped (mach.md §10). */
export function notify(state: State, once: SendOnce, notification: Notification, rights: readonly Right[] = []): void {
  if (isDead(once.port)) return;
  enqueue(state, once.port, {
    dest: { kind: 'once', once },
    reply: { kind: 'none', disp: 0, name: NULL_NAME },
    rights,
    bytes: 0,
    size: 0,
    payload: null,
    tellTaken: false,
    notification,
    charge: 0,
    charged: null,
    account: 'replyBytes',
    arrival: null,
    circular: false,
    given: null,
  });
}

/** One send right for `port` less, be it an entry's or a message's: the only place where no-senders fires. */
export function loseSender(state: State, port: Port): void {
  if (isDead(port)) return;
  port.srights -= 1;
  if (port.noSenders === null || !state.rules.firesNoSenders(port)) return;
  const request = port.noSenders;
  port.noSenders = null;
  notify(state, request, { id: NOTIFY.NO_SENDERS, mscount: port.mscount });
}

/**
 * An entry with a dead-name request is gone although its port lives. `request` is what `unlink` returned. Nothing is told to the port
 * `unwanted`: the right is used up in silence (SEND_CANCEL, mach.md §7).
 */
export function portDeleted(state: State, request: SendOnce | null, name: Name, unwanted: Port | null = null): void {
  if (request === null) return;
  if (request.port === unwanted) retireOnce(request);
  else notify(state, request, { id: NOTIFY.PORT_DELETED, name });
}

/** A send-once right is destroyed unused, so its port gets this instead of a message. */
export function sendOnceUnused(state: State, once: SendOnce, died: 'in a message' | 'in hand'): void {
  notify(state, once, { id: NOTIFY.SEND_ONCE, handled: state.rules.handled(once, died) });
}

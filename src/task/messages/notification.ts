import { ProtocolError } from '../../errors.ts';
import { NOTIFY, type Notification } from '../../kernel/types.ts';
import type { Fields } from '../../wire/index.ts';

/** A notification as its fields on the wire tell it. Throws `ProtocolError` for an id that is none. */
export function decodeNotification(fields: Pick<Fields<'notify'>, 'id' | 'name' | 'count' | 'handled'>): Notification {
  switch (fields.id) {
    case NOTIFY.NO_SENDERS:
      return { id: NOTIFY.NO_SENDERS, mscount: fields.count };
    case NOTIFY.SEND_ONCE:
      return {
        id: NOTIFY.SEND_ONCE,
        handled: fields.handled ?? 'maybe',
        ...(fields.count === 0 ? {} : { dropped: fields.count }),
      };
    case NOTIFY.DEAD_NAME:
      return { id: NOTIFY.DEAD_NAME, name: fields.name };
    case NOTIFY.PORT_DELETED:
      return { id: NOTIFY.PORT_DELETED, name: fields.name };
    case NOTIFY.SEND_POSSIBLE:
      return { id: NOTIFY.SEND_POSSIBLE, name: fields.name };
    case NOTIFY.PORT_DESTROYED:
      return { id: NOTIFY.PORT_DESTROYED };
    default:
      throw new ProtocolError(`there is no notification ${fields.id}`);
  }
}

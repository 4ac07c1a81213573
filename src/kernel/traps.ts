import { abort } from './calls/abort.ts';
import { allocate, allocateName, names, rename, type } from './calls/names.ts';
import { receive, receiveCancel } from './calls/receive.ts';
import { getReceiveStatus, setMscount, setQlimit, setSeqno } from './calls/receive-right.ts';
import { deallocate, destroy, getRefs, modRefs } from './calls/refs.ts';
import { requestNotification } from './calls/request-notification.ts';
import { send, sendCancel } from './calls/send.ts';
import { drained, serve, taken } from './calls/serve.ts';
import { getSetStatus, moveMember } from './calls/sets.ts';
import { extractRight, insertRight } from './calls/transfer.ts';
import type { Space } from './records.ts';
import type { State } from './state.ts';
import type { Result, Trap } from './types.ts';

type Op = Trap['op'];
type TrapOf = { [K in Op]: Extract<Trap, { op: K }> };

/** One row per kernel call. `space` is the task that it is made on; but for `port_` calls it is always the caller. */
export type Handlers = { readonly [K in Op]: (state: State, space: Space, trap: TrapOf[K], caller: Space) => Result };

export const HANDLERS: Handlers = {
  port_allocate: allocate,
  port_allocate_name: allocateName,
  port_rename: rename,
  port_type: type,
  port_names: names,
  port_get_refs: getRefs,
  port_mod_refs: modRefs,
  port_deallocate: deallocate,
  port_destroy: destroy,
  port_insert_right: insertRight,
  port_extract_right: extractRight,
  port_move_member: moveMember,
  port_get_set_status: getSetStatus,
  port_get_receive_status: getReceiveStatus,
  port_set_qlimit: setQlimit,
  port_set_mscount: setMscount,
  port_set_seqno: setSeqno,
  port_request_notification: requestNotification,
  send,
  send_cancel: sendCancel,
  receive,
  receive_cancel: receiveCancel,
  serve,
  taken,
  drained,
  abort,
};

export function dispatch<K extends Op>(
  handlers: Handlers,
  op: K,
  state: State,
  space: Space,
  trap: TrapOf[K],
  caller: Space,
): Result {
  return handlers[op](state, space, trap, caller);
}

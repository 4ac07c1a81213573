import { receiver, withRight } from './common.ts';
import type { Answer } from './common.ts';
import { tell } from '../drop.ts';
import { put } from '../queues.ts';
import { NULL, find, isOnce, kindOf, roomFor } from '../rights.ts';
import type { Spec } from '../rights.ts';
import type { Carry, Task, World } from '../world.ts';

/** One function per kernel call. */
export const NOTIFICATIONS = {
  port_request_notification(
    w: World,
    t: Task,
    r: { name: number; variant: number; sync: number; notify: Spec; tag: number },
    by: Task,
  ): Answer {
    const cancel = r.notify.name === NULL;
    if (!cancel && !isOnce(r.notify.disp)) return { code: 'KERN_INVALID_VALUE' };
    const spec = cancel ? { disp: 18, name: NULL } : r.notify;
    let previous: Carry = { k: 'null', disp: 18 };
    const answer = withRight(w, by, spec, r.tag, (right) => {
      if (right.k === 'dead') return { code: 'KERN_INVALID_CAPABILITY' };
      const once = right.k === 'once' ? right.once : null;
      const before = (): Answer => (roomFor(w, by, previous) ? { code: 0 } : { code: 'KERN_NO_SPACE' });
      if (r.variant === 70) {
        const on = receiver(t, r.name);
        if ('code' in on) return on;
        const { port } = on;
        if (port.noSenders) previous = { k: 'once', once: port.noSenders };
        if (before().code !== 0) return before();
        const now = once !== null && w.senders(port) === 0 && r.sync <= port.made;
        port.noSenders = now ? null : once;
        if (now) tell(w, once, { id: 70, mscount: port.made });
        return { code: 0 };
      }
      if (r.variant === 69) {
        if (r.sync !== 0) return { code: 'KERN_INVALID_VALUE' };
        const on = receiver(t, r.name);
        if ('code' in on) return on;
        if (on.port.backup) previous = { k: 'once', once: on.port.backup };
        if (before().code === 0) on.port.backup = once;
        return before();
      }
      if (r.variant !== 72 && r.variant !== 66) return { code: 'KERN_INVALID_VALUE' };
      const cell = find(t, r.name);
      if (!cell) return { code: 'KERN_INVALID_NAME' };
      if (cell.is === 'set') return { code: 'KERN_INVALID_RIGHT' };
      if (cell.is === 'dead') {
        if (r.sync === 0 || !once) return { code: 'KERN_INVALID_ARGUMENT' };
        if (cell.refs >= 65535) return { code: 'KERN_UREFS_OVERFLOW' };
        cell.refs += 1;
        tell(w, once, { id: 72, name: cell });
        return { code: 0 };
      }
      if (cell.watch) previous = { k: 'once', once: cell.watch.once };
      if (before().code !== 0) return before();
      const since = (w.clock += 1);
      const ask = r.variant === 66 && r.sync !== 0;
      const { port } = cell;
      const free = !port || port.standsFor !== null || port.queue.length + port.out.length < port.limit;
      cell.watch = once && { once, since, possible: r.variant === 66, armed: ask && port ? (w.clock += 1) : 0 };
      if (ask && once && free) {
        cell.watch = null;
        tell(w, once, { id: 66, name: cell });
      }
      return { code: 0 };
    });
    return answer.code === 0 ? { code: 0, disp: kindOf(previous), name: put(w, by, previous) } : answer;
  },
};

import { DEAD_NAME, DISP, type Name, type Notification, NULL_NAME } from '../../kernel/types.ts';
import type { Task } from '../task.ts';

/** Asks for a notification on a name (mach.md §10) and runs `notified` with whatever comes of it, once. */
export function askNotification(
  task: Task,
  name: Name,
  { variant, sync }: { variant: number; sync: number },
  notified: (notification: Notification) => void,
): void {
  const tag = task.newTag();
  task.pending.add(tag, { notified });
  const notify = { disp: DISP.MAKE_SEND_ONCE, name: task.replyPort };
  task.calls.call('port_request_notification', { name, variant, sync, notify, tag }).then(
    ({ code, name: previous }) => {
      // Refused before it took the send-once right, which would have answered otherwise.
      const isRefused = code !== 0 && task.pending.take(tag) !== undefined;
      // Of a name that has gone meanwhile there is nothing to tell.
      if (isRefused && code !== 'KERN_INVALID_NAME' && code !== 'KERN_INVALID_RIGHT') {
        task.warn(`nobody will be told of what becomes of right ${name}: ${code}`);
      }
      // The request that this one takes the place of comes back as a right of ours; nobody wants it any more.
      if (previous !== NULL_NAME && previous !== DEAD_NAME) task.calls.post('port_deallocate', { name: previous });
    },
    // With the link, everything has gone.
    () => {},
  );
}

import { IpcError } from '../../errors.ts';
import { DEAD_NAME, type Name, NO_RIGHT, NOTIFY, NULL_NAME } from '../../kernel/types.ts';
import type { Task } from '../task.ts';
import type { SendOnceRight } from './send-right.ts';

/** See `ReceiveRight.setBackup`. */
export async function setBackup(task: Task, name: Name, once: SendOnceRight | null): Promise<void> {
  const notify = once?.departSpec() ?? NO_RIGHT;
  once?.consume();
  const request = { name, variant: NOTIFY.PORT_DESTROYED, sync: 0, notify, tag: 0 };
  const { code, name: previous } = await task.calls.call('port_request_notification', request);
  if (code !== 0 && code !== 'blocked' && code !== 'waiting') {
    const object = `port ${name}`;
    throw new IpcError(code, `setBackup: ${object} got no backup; is the port that it was to go to alive?`, {
      op: 'setBackup',
      object,
    });
  }
  if (previous !== NULL_NAME && previous !== DEAD_NAME) task.calls.post('port_deallocate', { name: previous });
}

import type { Message } from '../../msgport/index.ts';
import { type Inbox, receiveFailure } from '../local/inbox.ts';
import type { Task } from '../task.ts';

export type ReceiveOptions = {
  /** Give up after this long with `MACH_RCV_TIMED_OUT`. 0 polls. */
  timeoutMs?: number;
  /** Give up with `MACH_RCV_INTERRUPTED` when it fires. */
  signal?: AbortSignal;
};

/** The next message of a port or of a set: `label` names it in errors. */
export async function receive(
  task: Task,
  inbox: Inbox,
  label: string,
  { timeoutMs, signal }: ReceiveOptions,
): Promise<Message> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  if (inbox.ended !== null || signal?.aborted === true || (timeoutMs !== undefined && timeoutMs <= 0)) interrupt();
  using _timer = timeoutMs === undefined || timeoutMs <= 0 ? undefined : task.host.timer(timeoutMs, interrupt);
  signal?.addEventListener('abort', interrupt);
  inbox.receivers.add(interrupt);
  try {
    const msg = await inbox.wait(stop.signal);
    if (msg !== null) return msg;
  } finally {
    inbox.receivers.delete(interrupt);
    signal?.removeEventListener('abort', interrupt);
  }
  if (inbox.ended !== null) throw receiveFailure(inbox.ended, label);
  throw receiveFailure(signal?.aborted === true ? 'MACH_RCV_INTERRUPTED' : 'MACH_RCV_TIMED_OUT', label);
}

import type { Message } from '../../msgport/index.ts';
import { type Inbox, type ReceiveFailure, receiveFailure } from '../local/inbox.ts';
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
  let why: ReceiveFailure = 'MACH_RCV_INTERRUPTED';
  const end = (code: ReceiveFailure): void => {
    why = code;
    stop.abort();
  };
  const timeOut = (): void => end('MACH_RCV_TIMED_OUT');
  const interrupt = (): void => end('MACH_RCV_INTERRUPTED');
  const poll = timeoutMs !== undefined && timeoutMs <= 0;
  if (inbox.ended !== null) end(inbox.ended);
  else if (signal?.aborted === true) interrupt();
  else if (poll) timeOut();
  using _timer = timeoutMs === undefined || poll ? undefined : task.host.timer(timeoutMs, timeOut);
  signal?.addEventListener('abort', interrupt);
  inbox.receivers.add(end);
  try {
    const msg = await inbox.wait(stop.signal);
    if (msg !== null) return msg;
  } finally {
    inbox.receivers.delete(end);
    signal?.removeEventListener('abort', interrupt);
  }
  throw receiveFailure(why, label);
}

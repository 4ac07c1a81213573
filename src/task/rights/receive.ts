import { IpcError } from '../../errors.ts';
import { type Message, onAbort } from '../../msgport/index.ts';
import { gate } from '../critical.ts';
import type { Inbox } from '../local/inbox.ts';
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
  let why: keyof typeof RECEIVE_FAILURES | undefined;
  const end = (reason: keyof typeof RECEIVE_FAILURES): void => {
    why ??= reason;
    stop.abort();
  };
  const expired = (): void => end('MACH_RCV_TIMED_OUT');
  const interrupt = (): void => end('MACH_RCV_INTERRUPTED');
  if (inbox.ended !== null) end(inbox.ended);
  if (signal?.aborted === true) interrupt();
  if (timeoutMs !== undefined && timeoutMs <= 0) expired();
  using _timer = timeoutMs === undefined || timeoutMs <= 0 ? undefined : task.host.timer(timeoutMs, expired);
  using _interrupts = onAbort(signal, interrupt);
  inbox.receivers.add(end);
  const { isInside } = gate;
  if (isInside) inbox.insiders += 1;
  try {
    if (isInside) gate.letIn();
    const msg = await inbox.wait(stop.signal);
    if (msg !== null) return msg;
  } finally {
    inbox.receivers.delete(end);
    if (isInside) inbox.insiders -= 1;
  }
  const code = why ?? 'MACH_RCV_INTERRUPTED';
  throw new IpcError(code, `receive on ${label}: ${RECEIVE_FAILURES[code]}`, { op: 'receive', object: label });
}

/** Messages as `next` receives them, until what they come from is gone. */
export async function* messages(next: () => Promise<Message>): AsyncGenerator<Message, void, undefined> {
  try {
    for (;;) yield await next();
  } catch (error) {
    if (!IpcError.is(error) || error.code !== 'MACH_RCV_PORT_DIED') throw error;
  }
}

const RECEIVE_FAILURES = {
  MACH_RCV_TIMED_OUT: 'no message came in time',
  MACH_RCV_INTERRUPTED: 'it was aborted',
  MACH_RCV_PORT_DIED: 'the port was destroyed, or its receive right sent away',
  MACH_RCV_PORT_CHANGED: 'an agent serves the port now, or a set has it',
  MACH_RCV_IN_SET: 'the port is in a set; receive from the set',
};

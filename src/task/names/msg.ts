import { IpcError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { DISP, NO_RIGHT, NULL_NAME } from '../../kernel/types.ts';
import { onAbort } from '../../msgport/index.ts';
import { encodeBody } from '../../wire/body.ts';
import { type Descriptor, encodeHead, FLAG, MESSAGES } from '../../wire/index.ts';
import type { Task } from '../task.ts';
import type { MsgOptions, MsgResult } from './message.ts';
import { nameOf, receiveRightOf } from './numbers.ts';
import { outgoing } from './outgoing.ts';
import { received } from './received.ts';

/** mach_msg: the send first, and the receive only if that answers 0. */
export async function msg(task: Task, options: MsgOptions): Promise<MsgResult> {
  const sendTimeout = milliseconds(options.sendTimeout, 'sendTimeout');
  const receiveTimeout = milliseconds(options.receiveTimeout, 'receiveTimeout');
  const maxBytes = bytes(options.receive?.size);
  if (options.send !== undefined) {
    const sent = await send(task, options.send, { ...options, sendTimeout });
    if (sent.code !== 0) return sent;
  }
  if (options.receive === undefined) return { code: 0 };
  return receive(task, { ...options.receive, maxBytes }, receiveTimeout, options.signal);
}

type SendOptions = Omit<MsgOptions, 'send' | 'receive'> & { sendTimeout: number };

async function send(
  task: Task,
  message: NonNullable<MsgOptions['send']>,
  { sendTimeout, notify = false, cancel, signal }: SendOptions,
): Promise<MsgResult> {
  const sendId = task.newTag();
  const poll = sendTimeout === 0 || signal?.aborted === true;
  const frame = outgoing(task, message, { sendId, poll, notify, cancel });
  if ('code' in frame) return frame;
  if (task.isClosed) return { code: 'KERN_INVALID_TASK' };
  // Should a handle's receive right go along, what the handle has taken of it stays here.
  task.taken.report();
  const sending = task.calls.send(sendId, frame.head, frame.body, frame.memory);
  // Too late if the kernel has queued it by then: it says so, and the first thing it says about a send is what counts.
  using _limit = limit(task.host, poll ? Infinity : sendTimeout, signal, (why) =>
    task.calls.post('send_cancel', { sendId, code: `MACH_SEND_${why}` }),
  );
  const sent = await sending;
  const code =
    sent.code === 'MACH_SEND_TIMED_OUT' && poll ? (`MACH_SEND_${whyPolled(sendTimeout)}` as const) : sent.code;
  return frame.result({ ...sent, code });
}

type Receive = NonNullable<MsgOptions['receive']> & { maxBytes: number };

async function receive(
  task: Task,
  { name, maxBytes, large = false, notify }: Receive,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<MsgResult> {
  const receiveId = task.newTag();
  const poll = timeout === 0 || signal?.aborted === true;
  const answer = task.calls.ask('receive', {
    name: nameOf(name),
    receiveId,
    maxBytes,
    large,
    poll,
    notify: notify === undefined ? NULL_NAME : receiveRightOf(notify),
  });
  using _limit = limit(task.host, poll ? Infinity : timeout, signal, (why) =>
    task.calls.post('receive_cancel', { receiveId, code: `MACH_RCV_${why}` }),
  );
  const arrived = await answer;
  if (((arrived.header?.flags ?? 0) & FLAG.BARRIER) !== 0) {
    passBarrier(task, arrived.rights[1]);
    return receive(task, { name, maxBytes, large, ...(notify === undefined ? {} : { notify }) }, timeout, signal);
  }
  const result = received(task, arrived);
  return result.code === 'MACH_RCV_TIMED_OUT' && poll ? { code: `MACH_RCV_${whyPolled(timeout)}` } : result;
}

/** A barrier's turn has come, which is all its sender wants to know (see `Gate`). No receiver sees it. */
function passBarrier(task: Task, reply: Descriptor = NO_RIGHT): void {
  if (reply.disp !== DISP.MOVE_SEND_ONCE) return;
  task.link.send(encodeHead({ kind: MESSAGES.send.id }, [reply, NO_RIGHT]), encodeBody(undefined));
}

/** Who comes with an aborted signal does not wait either. */
function whyPolled(timeout: number): 'TIMED_OUT' | 'INTERRUPTED' {
  return timeout === 0 ? 'TIMED_OUT' : 'INTERRUPTED';
}

/** Ends a wait when its time is up, or when the signal fires. */
function limit(
  host: Host,
  ms: number,
  signal: AbortSignal | undefined,
  end: (why: 'TIMED_OUT' | 'INTERRUPTED') => void,
): Disposable {
  const timer = ms === Infinity ? undefined : host.timer(ms, () => end('TIMED_OUT'));
  const interrupts = onAbort(signal, () => end('INTERRUPTED'));
  return {
    [Symbol.dispose]() {
      timer?.[Symbol.dispose]();
      interrupts[Symbol.dispose]();
    },
  };
}

function milliseconds(ms: number | undefined, what: string): number {
  if (ms === undefined) return Infinity;
  if (ms >= 0) return ms;
  throw new IpcError('EINVAL', `${what} is a number of milliseconds, not ${ms}`, { op: 'msg' });
}

function bytes(size: number | undefined): number {
  if (size === undefined) return LARGEST;
  if (size >= 0) return Math.min(Math.floor(size), LARGEST);
  throw new IpcError('EINVAL', `receive.size is a number of bytes, not ${size}`, { op: 'msg' });
}

const LARGEST = 0xffffffff;

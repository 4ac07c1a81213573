import { IpcError } from '../errors.ts';
import { type Message, QueuePort, replyMsg } from '../msgport/index.ts';
import { Call } from './call.ts';
import { IncomingCall } from './incoming-call.ts';

/** The queue of a port that is received from. A message is taken when a receiver gets it, not before. */
export class Inbox extends QueuePort {
  /** Pending receives, and how to end them. */
  readonly receivers = new Set<() => void>();
  isEnded = false;

  constructor() {
    super({ receivers: 'many' });
  }

  /** The port is gone: pending receives end with null. */
  end(): void {
    this.isEnded = true;
    for (const interrupt of [...this.receivers]) interrupt();
  }

  /** Takes out the messages that came over the link and nobody has taken. */
  *untaken(): Generator<IncomingCall> {
    for (let msg = super.takeQueued(); msg !== null; msg = super.takeQueued()) {
      if (msg instanceof IncomingCall) yield msg;
      else replyMsg(msg, 'MACH_SEND_INVALID_DEST');
    }
  }

  /** An unreadable message never reaches a receiver: its sender gets the error. */
  protected override accept(msg: Message): boolean {
    if (!(msg instanceof Call)) return true;
    const code = msg.take();
    if (code !== 0) replyMsg(msg, code);
    return code === 0;
  }
}

/** Why a receive ended without a message. */
export function receiveFailure(
  code: 'MACH_RCV_TIMED_OUT' | 'MACH_RCV_INTERRUPTED' | 'MACH_RCV_PORT_DIED',
  label: string,
): IpcError {
  return new IpcError(code, `receive on ${label}: ${TEXT[code]}`, { op: 'receive', object: label });
}

const TEXT = {
  MACH_RCV_TIMED_OUT: 'no message came in time',
  MACH_RCV_INTERRUPTED: 'it was aborted',
  MACH_RCV_PORT_DIED: 'the port was destroyed',
};

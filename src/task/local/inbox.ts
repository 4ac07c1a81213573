import { IpcError } from '../../errors.ts';
import { type Message, QueuePort, replyMsg } from '../../msgport/index.ts';
import { Call, takeMsg } from '../messages/call.ts';

/** The queue of a port that is received from. A message is taken when a receiver gets it, not before. */
export class Inbox extends QueuePort {
  /** Pending receives, and how to end them. */
  readonly receivers = new Set<() => void>();
  /** Why nothing is received here any more. */
  ended: 'MACH_RCV_PORT_DIED' | 'MACH_RCV_PORT_CHANGED' | null = null;

  constructor() {
    super({ receivers: 'many' });
  }

  /** The port is gone: what waits is refused, and pending receives end with null. */
  end(): void {
    for (let msg = super.takeQueued(); msg !== null; msg = super.takeQueued()) {
      if (msg instanceof Call) msg.refuse(undefined, 'MACH_SEND_INVALID_DEST');
      else replyMsg(msg, 'MACH_SEND_INVALID_DEST');
    }
    this.interrupt('MACH_RCV_PORT_DIED');
  }

  /** Ends pending receives; later ones end alike. */
  interrupt(why: 'MACH_RCV_PORT_DIED' | 'MACH_RCV_PORT_CHANGED'): void {
    this.ended = why;
    for (const interrupt of [...this.receivers]) interrupt();
  }

  /** An unreadable message never reaches a receiver: its sender gets the error. */
  protected override accept(msg: Message): boolean {
    const code = takeMsg(msg);
    if (code !== 0) replyMsg(msg, code);
    return code === 0;
  }
}

/** Why a receive ended without a message. */
export function receiveFailure(code: keyof typeof TEXT, label: string): IpcError {
  return new IpcError(code, `receive on ${label}: ${TEXT[code]}`, { op: 'receive', object: label });
}

const TEXT = {
  MACH_RCV_TIMED_OUT: 'no message came in time',
  MACH_RCV_INTERRUPTED: 'it was aborted',
  MACH_RCV_PORT_DIED: 'the port was destroyed',
  MACH_RCV_PORT_CHANGED: 'an agent serves the port now',
};

import { sendMsg } from '../../msgport/index.ts';
import { gate, outside } from '../critical.ts';
import type { IncomingCall } from '../messages/incoming-call.ts';
import { runUserCode } from '../user-code.ts';
import type { LocalPort } from './local-port.ts';

/** A message from the link: it goes to its port at once, or when no critical section keeps it out any more (lwkt.md §2.7). */
export function deliver(port: LocalPort, call: IncomingCall): void {
  if (gate.isIdle) return start(port, call);
  if (!mustWait(port, call)) return outside(() => start(port, call));
  keep(port, call);
  return port.task.heldBack.hold(
    call,
    port.label,
    () => port.reception.isWanted,
    () => start(port, call),
  );
}

/**
 * What answers this task passes, and so does what is between kernels and pagers; but nothing passes what its own port has held back,
 * for the kernel counts what is taken of a port from the oldest on. Barriers are sent by this very task, which waits for them.
 */
function mustWait({ reception, isUrgent }: LocalPort, call: IncomingCall): boolean {
  if (!gate.holds || isUrgent) return false;
  const passes = call.notification !== null || call.isReply || call.barrier || reception.isWanted;
  return !passes || reception.isHeldBack;
}

/** If the port's agent throws, its caller hears of it, and so does the program. */
function start(port: LocalPort, call: IncomingCall): void {
  runUserCode(() => {
    try {
      sendMsg(port, call);
    } catch (error) {
      call.refuse(error);
      throw error;
    }
  });
  if (!call.isTaken) keep(port, call);
}

/** Nobody has started on it, and the link's buffer is about to be reused. */
function keep(port: LocalPort, call: IncomingCall): void {
  call.keep();
  port.reception.hold(call);
}

import { type Code, IpcError } from '../../errors.ts';
import type { Message } from '../../msgport/index.ts';
import { Call } from '../messages/call.ts';
import { releaseRights, rightsIn } from '../rights/rights-in.ts';
import type { LocalPort } from './local-port.ts';

/**
 * Whether `msg` would put a receive right into its own queue, or into that of a port which waits in it, however deep: nobody could
 * ever receive it again (mach.md §12). What lies in the kernel's queues is the kernel's to find.
 */
export function closesCycle(port: LocalPort, msg: Message): boolean {
  const inside = new Set(portsIn(msg));
  for (const one of inside) {
    if (one === port) return true;
    for (const waiting of one.waiting()) for (const deeper of portsIn(waiting)) inside.add(deeper);
  }
  return false;
}

/** Such a message is accepted and destroyed, and the ports with it. */
export function destroyCycle(port: LocalPort, msg: Message): Code {
  const object = port.label;
  releaseRights(msg.body);
  if (msg instanceof Call && msg.oneWay) return 0;
  const text = `${object}: a message that carries a receive right into its own queue is destroyed, and the port with it`;
  msg.failure = new IpcError('ESERVERDIED', text, { object, handled: 'no' });
  return 'ESERVERDIED';
}

function portsIn({ body }: Message): LocalPort[] {
  return rightsIn(body).flatMap(({ received }) => received ?? []);
}

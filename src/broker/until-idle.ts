import type { Broker } from './broker.ts';

/**
 * Calls `end` once nobody needs the broker any more: its last task has left and nobody is about to attach, or `handshakeMs`
 * have passed and nobody ever has. Within `end` the broker has to stop listening: a link that is accepted keeps it, so none
 * may be accepted between the look and the end. Answers what is to be told when a task attaches.
 */
export function untilIdle(broker: Broker, end: () => void): () => void {
  // Those that only look whether a broker answers come and go before its starter has attached.
  let mayEnd = false;
  broker.onEmpty = () => {
    if (mayEnd) end();
  };
  const expire = (): void => {
    mayEnd = true;
    if (broker.isEmpty) end();
  };
  const timer = broker.host.timer(broker.limits.handshakeMs, expire, { unref: true });
  return () => {
    mayEnd = true;
    timer[Symbol.dispose]();
  };
}

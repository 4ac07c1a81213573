import type { Message, Port } from './records.ts';
import type { State } from './state.ts';

/** Puts a message in its destination's queue; `settle` hands it out. Whether there is room is the caller's question. */
export function enqueue(state: State, port: Port, message: Message): void {
  port.queue.push(message);
  if (port.set !== null) message.arrival = port.set.arrivals.push(message);
  state.stirred.push(port);
}

/** Takes the message at the head. Its place in the limit is free now: see `dequeued`. */
export function dequeue(port: Port): Message | undefined {
  const message = port.queue.shift();
  if (message !== undefined) forgetArrival(port, message);
  return message;
}

/** The message is no longer among those that the port's set has. */
export function forgetArrival({ set }: Port, message: Message): void {
  if (set !== null && message.arrival !== null) set.arrivals.remove(message.arrival);
  message.arrival = null;
}

/** The message has left the queues: its sender may queue as many bytes again. */
export function uncharge(message: Message): void {
  const { charged, account, charge } = message;
  if (charged !== null) charged[account] -= charge;
  message.charged = null;
}

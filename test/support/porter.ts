import {
  bind,
  defineSubsystem,
  make,
  type ReceiveRight,
  routine,
  type SendOnceRight,
  type SendRight,
  simpleroutine,
  type Stub,
} from 'easync';
import { fixture } from './lab.ts';

/** The subsystem of test/fixtures/porter.js: a driver that keeps one receive right. */
export const Porter = defineSubsystem('porter', {
  take: routine<{ port: ReceiveRight; right?: SendRight }>(),
  give: routine<void, { port: ReceiveRight }>(),
  /** The body of the next message, answered with `read …`; or the id of a notification. */
  read: routine<{ timeoutMs?: number } | void, unknown>(),
  tell: routine<unknown>(),
  backUp: routine<{ once: SendOnceRight | null }>(),
  destroy: routine(),
  refuse: routine<unknown>(),
  /** Sends a right to its task port to `to`. */
  lend: routine<{ to: SendRight }>(),
  pid: routine<void, number>(),
  die: simpleroutine(),
});

export const PORTER = fixture('porter.js');

/** What is sent to the ports that travel. */
export const Note = defineSubsystem('note', { tell: routine<unknown, unknown>() });

/** A stub on a port of this task. */
export function noteTo(port: ReceiveRight): Stub<typeof Note> {
  return bind(Note, make.send(port));
}

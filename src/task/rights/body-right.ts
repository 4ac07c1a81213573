import type { RightSpec } from '../../kernel/types.ts';
import type { LocalPort } from '../local/local-port.ts';
import type { CarriedRight } from './target.ts';

/** Not to be had from another copy of this module: its rights look alike, and are none of ours. */
export const OWN_RIGHT: unique symbol = Symbol('easync.right');

/** What a console asks for. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** A handle as a value in a message. What `move`, `copy` and `make` answer may travel; any other handle is refused. */
export interface BodyRight {
  readonly [OWN_RIGHT]: true;
  /** @internal The port, if it is a receive right that has not left this task. */
  readonly received: LocalPort | null;
  /** @internal Throws unless this is a handle made to go into a message. */
  mustTravel(): void;
  /** @internal How the message names the right to the kernel. */
  departSpec(): RightSpec;
  /** @internal The message left: the right travels in it. */
  consume(): CarriedRight;
  /** @internal The message did not leave: a moved right is its old handle's again, any other was made for nothing. */
  restore(): void;
  /** @internal Whoever sent it was told that it is gone: should it come back, it is given back. */
  disown(): void;
  /** @internal It arrived without leaving the task: an ordinary handle from now on. */
  arrive(): void;
  /** Gives the right back. */
  deallocate(): void;
}

/** Whether `value` is a right, and of this copy of easync. */
export function isBodyRight(value: unknown): value is BodyRight {
  return typeof value === 'object' && value !== null && OWN_RIGHT in value;
}

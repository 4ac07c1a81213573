import type { Name, RightSpec } from '../../kernel/types.ts';
import type { MsgPort } from '../../msgport/index.ts';

/**
 * What a right stands on: the port itself where its receive right is in this task, else the shim that carries messages to
 * it. Handles count themselves in and out.
 */
export interface PortTarget extends MsgPort, CarriedRight {
  /** What stands for the port in this task now, if its receive right has come or gone; handles follow it. */
  readonly successor: PortTarget | null;
  /** One handle less that was never used up; the last one gives the right back. */
  release(): void;
  /** How a message that carries this right names it to the kernel. */
  departSpec(): RightSpec;
  /** It did not leave after all. */
  stayed?(): void;
  /** That message has left, and one handle's reference with it. */
  departed(): void;
  /** This task's name for the right. */
  readonly name: Name;
  readonly isDead: boolean;
  /** For error texts. */
  readonly label: string;
}

/** A target whose right may be held by several handles. */
export interface SharedTarget extends PortTarget {
  readonly successor: SharedTarget | null;
  retain(): void;
  /** Calls `fn` once, when the port dies; at once if it is dead. Disposing the answer takes the call back. */
  onDead(fn: () => void): Disposable;
  /** Calls `fn` once, when a message would not have to wait for room; or the port has died. */
  onSendPossible(fn: () => void): Disposable;
}

/** A right that left in a message, until the kernel has said whether it took that message. */
export interface CarriedRight {
  taken?(): void;
  /** It gave the message back, and this right with it, under `name` (pseudo-receive, mach.md §7). */
  returned?(name: Name, mayKeep: boolean): void;
  /** It did not: what is left of the right is given back, to the handle that it came from if that one `mayKeep` it. */
  notTaken(mayKeep: boolean): void;
}

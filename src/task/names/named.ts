import type { Name } from '../../kernel/types.ts';
import { RIGHT_BRAND } from '../../wire/index.ts';

/** A right in the body of a message, by number: what to do with it (mach.md §4), and the sender's name for it. */
export class Named {
  readonly disp: number;
  /** In a received message: the receiver's name; NULL and DEAD for no right and a dead one. */
  readonly name: Name;

  constructor(disp: number, name: Name) {
    this.disp = disp;
    this.name = name;
  }

  /** @internal */
  get [RIGHT_BRAND](): 'number' {
    return 'number';
  }
}

/** Puts a right into a body of `msg`: `named(DISP.COPY_SEND, name)`. Each place it stands in carries a right of its own. */
export function named(disp: number, name: Name): Named {
  return new Named(disp, name);
}

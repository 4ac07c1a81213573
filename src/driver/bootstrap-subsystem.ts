import type { SendRight } from '../task/index.ts';
import { defineSubsystem, routine } from './subsystem.ts';

/** The name service every task starts with. Served by `servers/bootstrap`. */
export const Bootstrap = defineSubsystem('bootstrap', {
  /** A server claims a name for its port, for as long as the port lives. `ENAMEINUSE` while another live port has it. */
  checkIn: routine<{ name: string; port: SendRight }>(),
  /** Takes a name back from that very port, which lives on. `ENONAME` if it does not have it. */
  checkOut: routine<{ name: string; port: SendRight }>(),
  /** Publishes a right under a name, in place of any other: for one who is not the server. */
  register: routine<{ name: string; port: SendRight }>(),
  /** A send right to the port of that name. `ENONAME` if there is none, unless `wait`: then the reply comes when there is. */
  lookUp: routine<{ name: string; wait?: boolean }, { port: SendRight }>(),
  list: routine<void, string[]>(),
});

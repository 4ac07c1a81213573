import type { SendRight } from '../task/index.ts';
import { defineSubsystem, routine } from './subsystem.ts';

/** What the process of a group serves to the system whose group it is. */
export const Group = defineSubsystem('group', {
  /** Loads one more driver; `parent` is its opener's port, as a process of its own would be born with. */
  load: routine<{ parent: SendRight }>(),
});

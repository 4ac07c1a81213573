import { defineSubsystem, routine } from 'easync';

/** What every plugin can do. */
export const Plugin = defineSubsystem('plugin', { greet: routine() });

/** What the host answers, whatever its plugins do. */
export const Host = defineSubsystem('host', { status: routine() });

/** Somebody who asks the host all the time. */
export const Visitor = defineSubsystem('visitor', { visit: routine(), leave: routine() });

import { defineSubsystem, routine } from 'easync';

export const Launcher = defineSubsystem('launcher', { find: routine() }); // → { tool }: a right to use the tool
export const Server = defineSubsystem('server', { door: routine() }); // → { door }
export const Door = defineSubsystem('door', { enter: routine() }); // → { tool }
export const Tool = defineSubsystem('tool', { use: routine() }); // → the pid of the server
export const Client = defineSubsystem('client', { work: routine() }); // { launcher } → its own pid

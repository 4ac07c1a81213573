import { defineSubsystem, routine } from 'easync';

/** Who prints. `tray` and `job` are send rights: the one to deliver pages to, the other to ask how it goes. */
export const Printer = defineSubsystem('printer', { print: routine() }); // { text, tray } → { job }
export const Clerk = defineSubsystem('clerk', { order: routine() }); // { text, tray, printer } → { job }
export const Tray = defineSubsystem('tray', { page: routine() }); // { line, from }
export const Job = defineSubsystem('job', { status: routine() }); // → { pages, from }

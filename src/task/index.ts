export { Call, type CallContext, failureOf } from './call.ts';
export { type Deferred, deferred } from './deferred.ts';
export { ReceiveRight, type ReceiveOptions } from './receive-right.ts';
export { releaseRights } from './rights-in.ts';
export { copy, make, move, SendOnceRight, SendRight } from './send-right.ts';
export { SERVER_QLIMIT, Task, type TaskOptions } from './task.ts';
export type { Welcome } from './handshake.ts';
export { Traps, type TrapResult } from './traps.ts';

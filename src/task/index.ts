export { Call, type CallContext, failureOf } from './call.ts';
export { deferred } from './deferred.ts';
export { ReceiveRight, type ReceiveOptions } from './receive-right.ts';
export { releaseRights } from './rights-in.ts';
export { copy, make, move, SendOnceRight, SendRight } from './send-right.ts';
export { SERVER_QLIMIT, Task } from './task.ts';
export type { Traps } from './traps.ts';

export { CheckPort } from './local/check-port.ts';
export { Call, type CallContext, failureOf } from './messages/call.ts';
export { deferred } from './deferred.ts';
export { ReceiveRight, type ReceiveOptions } from './rights/receive-right.ts';
export { memoryArrives } from './rights/moved-memory.ts';
export { releaseRights } from './rights/rights-in.ts';
export { copy, make, move, SendOnceRight, SendRight } from './rights/send-right.ts';
export { SERVER_QLIMIT, Task } from './task.ts';
export type { Traps } from './names/traps.ts';

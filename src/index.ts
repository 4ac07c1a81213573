export { boot, type BootOptions } from './boot/boot.ts';
export type { OpenOptions, System } from './boot/system.ts';
export {
  Bootstrap,
  type BrokerStatus,
  type CallOptions,
  type DeadTask,
  defineDriver,
  defineSubsystem,
  type Driver,
  type DriverEnv,
  type Handlers,
  HostPort,
  makeStub as bind,
  type Placement,
  portOf,
  type PortStatus,
  type Routine,
  routine,
  type Routines,
  type ServeOptions,
  type Service,
  type SimpleRoutine,
  simpleroutine,
  type Stub,
  type Subsystem,
} from './driver/index.ts';
export { type Code, type ErrorCode, type Handled, InvariantError, IpcError, ProtocolError } from './errors.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export * from './msgport/index.ts';
export {
  Call,
  type CallContext,
  copy,
  make,
  move,
  ReceiveRight,
  type ReceiveOptions,
  SendOnceRight,
  SendRight,
  Task,
  type Traps,
} from './task/index.ts';

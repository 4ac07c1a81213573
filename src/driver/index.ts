export { Bootstrap } from './bootstrap-subsystem.ts';
export {
  defineDriver,
  type Driver,
  type DriverEnv,
  type Handlers,
  type ServeOptions,
  type Service,
} from './define-driver.ts';
export { Group } from './group-subsystem.ts';
export { Groups } from './groups.ts';
export { type BrokerStatus, type DeadTask, HostPort, type PortStatus, type VmStatus } from './host-subsystem.ts';
export { instantiate } from './instance.ts';
export { loadDriver } from './load-driver.ts';
export type { Opened } from './open.ts';
export { Parent } from './parent.ts';
export { type Opener, place } from './place.ts';
export { asPlacement, type Placement } from './placement.ts';
export { runDriver, serveFor } from './run-driver.ts';
export { serve } from './serve.ts';
export type { CallOptions } from './invoke.ts';
export { unchecked } from './schemas.ts';
export { makeStub, portOf, type Stub, type StubOptions } from './stub.ts';
export {
  defineSubsystem,
  type Description,
  Describing,
  PING_ID,
  type Routine,
  routine,
  type Routines,
  type SimpleRoutine,
  simpleroutine,
  type Subsystem,
} from './subsystem.ts';

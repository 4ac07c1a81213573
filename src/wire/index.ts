export {
  decodeFields,
  decodeResult,
  encodeFields,
  encodeResult,
  type Fields,
  type KernelCall,
  kindNamed,
  type MessageKind,
} from './fields.ts';
export { decodeFrame, type Descriptor, encodeHead, type Frame, largestMessage } from './frame.ts';
export {
  DESCRIPTOR_BYTES,
  HEADER_BYTES,
  HEADER_LAYOUT,
  type Header,
  type HeaderInit,
  kindOf,
  routeOf,
  withRoute,
} from './header.ts';
export { bytesOf } from './out-of-line.ts';
export { RIGHT_BRAND } from './right-brand.ts';
export { END_TO_END_FLAGS, FLAG, FUTEX_FLAG, MESSAGES, type MessageSpec } from './table.ts';
export { PROTOCOL, versionRefusal } from './version.ts';
export {
  decodeXp,
  encodeXp,
  type FutexXpKind,
  type KernelXpKind,
  type PagerXpKind,
  type SleepXpKind,
  type Xp,
  xpRights,
} from './xp.ts';
export { FUTEX_STATE, LOCK_FUTEX } from './xp-futex-table.ts';
export { COPY_STRATEGY, SHOULD_RETURN, VM_PROT, XP_MESSAGES } from './xp-table.ts';

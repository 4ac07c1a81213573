export type { FieldType, FieldValues } from './field-types.ts';
export {
  decodeFields,
  decodeResult,
  encodeFields,
  encodeResult,
  type Fields,
  type KernelCall,
  kindNamed,
  type MessageKind,
  type ReplyFields,
} from './fields.ts';
export { decodeFrame, type Descriptor, encodeHead, type Extension, type Frame } from './frame.ts';
export {
  HEADER_BYTES,
  HEADER_LAYOUT,
  HEADER_VERSION,
  type Header,
  type HeaderInit,
  kindOf,
  routeOf,
  withRoute,
} from './header.ts';
export { isRight, RIGHT_BRAND } from './right-brand.ts';
export { END_TO_END_FLAGS, FLAG, MESSAGES, type MessageSpec } from './table.ts';
export { PROTOCOL, type Version, versionRefusal } from './version.ts';

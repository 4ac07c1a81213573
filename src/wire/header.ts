import { IpcError, ProtocolError } from '../errors.ts';
import { get16, get32, get64, put16, put32, put64 } from './bytes.ts';

/** Where each header field lies. Little-endian; docs/protocol.md is generated from this and the codec is tested against it. */
export const HEADER_LAYOUT = {
  version: { at: 0, type: 'u8' },
  kind: { at: 1, type: 'u8' },
  flags: { at: 2, type: 'u16' },
  route: { at: 4, type: 'u32' },
  sequence: { at: 8, type: 'u64' },
  callId: { at: 16, type: 'u64' },
  routine: { at: 24, type: 'u32' },
  descriptorCount: { at: 28, type: 'u16' },
  extensionBytes: { at: 30, type: 'u16' },
  deadline: { at: 32, type: 'u64' },
  user: { at: 40, type: 'u64' },
  trace: { at: 48, type: 'bytes16' },
} as const satisfies Record<keyof Header, { at: number; type: 'u8' | 'u16' | 'u32' | 'u64' | 'bytes16' }>;

export const HEADER_BYTES = 64;
/** What each descriptor behind it takes. */
export const DESCRIPTOR_BYTES = 8;
export const HEADER_VERSION = 1;

/** The fixed start of every frame (DESIGN §5.5). A u64 on the wire is a safe integer here. */
export type Header = {
  version: number;
  /** The id of a row of the message table. */
  kind: number;
  /** Bits of `FLAG`. */
  flags: number;
  /** Which of the tasks that share a link the frame belongs to; 0 is the process's own. */
  route: number;
  sequence: number;
  callId: number;
  routine: number;
  descriptorCount: number;
  extensionBytes: number;
  /** Milliseconds since the epoch; 0: none. */
  deadline: number;
  /** The user (waits-for graph, DESIGN §5.8) that waits for this call; 0: none. */
  user: number;
  /** 16 bytes; undefined when all are zero. On a decoded header it is a copy. */
  trace: Uint8Array | undefined;
};

/** What a sender fills in; what is left out is zero. */
export type HeaderInit = { kind: number; trace?: Uint8Array | undefined } & Partial<
  Omit<Header, 'version' | 'kind' | 'trace' | 'descriptorCount' | 'extensionBytes'>
>;

/** Writes a header into the first 64 bytes of `head`. Throws EINVAL for a value its field cannot hold. */
export function writeHeader(head: Uint8Array, init: HeaderInit, descriptorCount: number, extensionBytes: number): void {
  head[0] = HEADER_VERSION;
  head[1] = init.kind;
  put16(head, 2, init.flags ?? 0);
  put32(head, 4, init.route ?? 0);
  put64(head, 8, init.sequence ?? 0);
  put64(head, 16, init.callId ?? 0);
  put32(head, 24, init.routine ?? 0);
  put16(head, 28, descriptorCount);
  put16(head, 30, extensionBytes);
  put64(head, 32, init.deadline ?? 0);
  put64(head, 40, init.user ?? 0);
  if (init.trace === undefined) head.fill(0, 48, 64);
  else putTrace(head, init.trace);
}

/** Reads the header of a frame of at least 64 bytes. Throws `ProtocolError` for another version or an unsafe number. */
export function readHeader(frame: Uint8Array): Header {
  if (frame[0] !== HEADER_VERSION) throw new ProtocolError(`header version ${frame[0]}, expected ${HEADER_VERSION}`);
  return {
    version: HEADER_VERSION,
    kind: frame[1] ?? 0,
    flags: get16(frame, 2),
    route: get32(frame, 4),
    sequence: get64(frame, 8, 'header.sequence'),
    callId: get64(frame, 16, 'header.callId'),
    routine: get32(frame, 24),
    descriptorCount: get16(frame, 28),
    extensionBytes: get16(frame, 30),
    deadline: get64(frame, 32, 'header.deadline'),
    user: get64(frame, 40, 'header.user'),
    trace: getTrace(frame),
  };
}

/** The route of a frame, without decoding it. */
export function routeOf(frame: Uint8Array): number {
  return get32(frame, HEADER_LAYOUT.route.at);
}

/** The message kind of a frame, without decoding it. */
export function kindOf(frame: Uint8Array): number {
  return frame[HEADER_LAYOUT.kind.at] ?? 0;
}

/** Stamps a route into an encoded head, in place, and returns it. */
export function withRoute<T extends Uint8Array>(head: T, route: number): T {
  put32(head, HEADER_LAYOUT.route.at, route);
  return head;
}

function putTrace(head: Uint8Array, trace: Uint8Array): void {
  if (trace.length !== 16) throw new IpcError('EINVAL', `a trace has 16 bytes, got ${trace.length}`);
  head.set(trace, HEADER_LAYOUT.trace.at);
}

function getTrace(frame: Uint8Array): Uint8Array | undefined {
  const none = (get32(frame, 48) | get32(frame, 52) | get32(frame, 56) | get32(frame, 60)) === 0;
  return none ? undefined : new Uint8Array(frame.subarray(48, 64));
}

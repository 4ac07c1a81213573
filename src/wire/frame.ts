import { IpcError, ProtocolError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { get16, get32, put16, put32 } from './bytes.ts';
import { DESCRIPTOR_BYTES, HEADER_BYTES, type Header, type HeaderInit, readHeader, writeHeader } from './header.ts';
import { checkMemory } from './out-of-line.ts';

/**
 * A right in a frame. From a task: its own name for the right and what to do with it. To a task: the name it has there
 * now and the kind that arrived. `{ disp: 0, name: 0 }` is "none" where a position must be filled. With disposition 9 it is
 * out-of-line memory, and the name is its length.
 */
export type Descriptor = { readonly disp: number; readonly name: number };

/** Data a peer may not know; who does not know the type skips it. */
export type Extension = { readonly type: number; readonly bytes: Uint8Array };

/** `extensions` and `body` are views of the frame, valid as long as the frame is. */
export type Frame = {
  header: Header;
  descriptors: readonly Descriptor[];
  extensions: readonly Extension[];
  body: Buffer;
  /** One piece for each descriptor of memory that is there, in their order; see `LinkHandlers.onFrame`. */
  memory: readonly Uint8Array[];
};

const DESCRIPTOR_RIGHT = 1;
const EXTENSION_HEAD_BYTES = 4;
const NONE: readonly never[] = [];
const HEADS = [0, 1, 2, 3, 4].map((count) => Buffer.alloc(HEADER_BYTES + count * DESCRIPTOR_BYTES));

/**
 * Everything of a frame before its body: header, extensions, descriptors. A link takes the bytes at once, so a head is good
 * until the next one is encoded: the usual ones share their memory. Throws EINVAL for values the layout cannot hold.
 */
export function encodeHead(
  header: HeaderInit,
  descriptors: readonly Descriptor[] = NONE,
  extensions: readonly Extension[] = NONE,
): Buffer {
  let extensionBytes = 0;
  for (const extension of extensions) extensionBytes += EXTENSION_HEAD_BYTES + extension.bytes.length;
  const head =
    (extensionBytes === 0 ? HEADS[descriptors.length] : undefined) ??
    Buffer.allocUnsafe(HEADER_BYTES + extensionBytes + descriptors.length * DESCRIPTOR_BYTES);
  writeHeader(head, header, descriptors.length, extensionBytes);
  let at = HEADER_BYTES;
  for (const extension of extensions) at = writeExtension(head, at, extension);
  for (const descriptor of descriptors) at = writeDescriptor(head, at, descriptor);
  return head;
}

/** Bytes of the largest message: as the answer to a receive it has fields beside it, and is one frame all the same. */
export function largestMessage({ frameBytes }: Pick<Limits, 'frameBytes'>): number {
  return frameBytes - ANSWER_BYTES;
}

const ANSWER_BYTES = 64;

/** Takes a frame apart, given the memory that came with it. Throws `ProtocolError` naming what is wrong with it. */
export function decodeFrame(
  frame: Buffer,
  limits: Pick<Limits, 'descriptorsPerMessage'>,
  memory: readonly Uint8Array[] = NONE,
): Frame {
  if (frame.length < HEADER_BYTES) throw new ProtocolError(`a frame of ${frame.length} bytes is shorter than a header`);
  const header = readHeader(frame);
  const count = header.descriptorCount;
  if (count > limits.descriptorsPerMessage) {
    throw new ProtocolError(
      `${count} descriptors, at most ${limits.descriptorsPerMessage} are allowed (descriptorsPerMessage)`,
    );
  }
  const descriptorsAt = HEADER_BYTES + header.extensionBytes;
  const bodyAt = descriptorsAt + count * DESCRIPTOR_BYTES;
  if (bodyAt > frame.length) {
    throw new ProtocolError(`extensions and descriptors end at ${bodyAt}, the frame at ${frame.length}`);
  }
  const descriptors = count === 0 ? NONE : readDescriptors(frame, descriptorsAt, count);
  checkMemory(descriptors, memory);
  return {
    header,
    extensions: header.extensionBytes === 0 ? NONE : readExtensions(frame, descriptorsAt),
    descriptors,
    body: frame.subarray(bodyAt),
    memory,
  };
}

function writeExtension(head: Uint8Array, at: number, { type, bytes }: Extension): number {
  put16(head, at, type);
  put16(head, at + 2, bytes.length);
  head.set(bytes, at + EXTENSION_HEAD_BYTES);
  return at + EXTENSION_HEAD_BYTES + bytes.length;
}

function writeDescriptor(head: Uint8Array, at: number, { disp, name }: Descriptor): number {
  if ((disp & 0xff) !== disp) throw new IpcError('EINVAL', `${disp} does not fit a descriptor's disposition`);
  head[at] = DESCRIPTOR_RIGHT;
  head[at + 1] = disp;
  put16(head, at + 2, 0);
  put32(head, at + 4, name);
  return at + DESCRIPTOR_BYTES;
}

function readExtensions(frame: Buffer, end: number): Extension[] {
  const extensions: Extension[] = [];
  let at = HEADER_BYTES;
  while (at < end) {
    const from = at + EXTENSION_HEAD_BYTES;
    if (from > end) throw new ProtocolError('the extensions end in the middle of one');
    const type = get16(frame, at);
    at = from + get16(frame, at + 2);
    if (at > end) throw new ProtocolError(`extension ${type} runs past the extensions' end`);
    if (extensions.some((known) => known.type === type)) throw new ProtocolError(`extension ${type} comes twice`);
    extensions.push({ type, bytes: frame.subarray(from, at) });
  }
  return extensions;
}

function readDescriptors(frame: Buffer, from: number, count: number): Descriptor[] {
  const descriptors: Descriptor[] = [];
  for (let i = 0, at = from; i < count; i++, at += DESCRIPTOR_BYTES) {
    const kind = frame[at];
    if (kind !== DESCRIPTOR_RIGHT) throw new ProtocolError(`descriptor ${i} is of unknown kind ${kind}`);
    if (get16(frame, at + 2) !== 0) throw new ProtocolError(`descriptor ${i} has reserved bits set`);
    descriptors.push({ disp: frame[at + 1] ?? 0, name: get32(frame, at + 4) });
  }
  return descriptors;
}

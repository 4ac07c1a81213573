import { Packr, RESERVE_START_SPACE, Unpackr } from 'msgpackr';
import { ProtocolError } from '../errors.ts';

/** The first byte of a body: how the rest is to be read. */
export const FORM = {
  /** msgpack whose maps are records. */
  TREE: 0,
  /** msgpackr's records, references and types; maps are Maps. */
  GRAPH: 1,
  /** A graph `[root, patches]`. */
  PATCHED: 2,
  /** The same as a tree, with patches for rights alone: any msgpack reads it. */
  PATCHED_TREE: 3,
} as const;

export type Form = (typeof FORM)[keyof typeof FORM];

/** Packs data of the right grade for its form. The bytes stay as they are, however much is packed after. */
export function pack(form: Form, data: unknown): Uint8Array {
  const packer = isTree(form) ? treePacker : graphPacker;
  const bytes = packer.pack(data, RESERVE_START_SPACE | 1);
  bytes[0] = form;
  if (bytes.length > KEEP_BYTES) packer.useBuffer(Buffer.allocUnsafeSlow(8192));
  return bytes;
}

/** Unpacks what follows the first byte. Throws `ProtocolError` unless it is one value and nothing more. */
export function unpack(form: Form, bytes: Uint8Array): unknown {
  // Never a Buffer: the unpacker would make more of them.
  const packed = new Uint8Array(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1);
  const unpacker = isTree(form) ? treeUnpacker : graphUnpacker;
  let data: unknown;
  let end = -1;
  try {
    // Not `unpack`: for bytes left over it spells the data in its error text, which takes for ever if the data is small
    // but refers to itself often enough.
    unpacker.unpackMultiple(packed, (value: unknown, _start, position) => {
      data = value;
      end = position ?? -1;
      return false;
    });
  } catch (error) {
    throw new ProtocolError(`the body does not decode: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (end !== packed.length) throw new ProtocolError(`the body ends at ${end} of ${packed.length} bytes`);
  return data;
}

function isTree(form: Form): boolean {
  return form === FORM.TREE || form === FORM.PATCHED_TREE;
}

/** Above it the packer's buffer is let go: it would stay as big as the biggest body ever. */
const KEEP_BYTES = 64 * 1024;

// Packers and unpackers are different objects: a packer without shared structures writes each body so that it decodes
// alone, and an unpacker without structures of its own starts each body with none, so that none can name a record of
// another.
const TREE_FORMAT = { useRecords: false, mapsAsObjects: true, useBigIntExtension: true, useToJSON: false };
const GRAPH_FORMAT = { useRecords: true, structuredClone: true, useBigIntExtension: true, useToJSON: false };
const treePacker = new Packr(TREE_FORMAT);
const treeUnpacker = new Unpackr({ ...TREE_FORMAT, structuredClone: false, copyBuffers: true });
const graphPacker = new Packr(GRAPH_FORMAT);
const graphUnpacker = new Unpackr({ ...GRAPH_FORMAT, copyBuffers: true });

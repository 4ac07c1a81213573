import { IpcError, ProtocolError } from '../errors.ts';
import { FIELD_CODECS, type FieldCodec, type FieldType, type FieldValues } from './field-types.ts';
import { MESSAGES, type MessageSpec } from './table.ts';

export type MessageKind = keyof typeof MESSAGES;

/** The body of a message of this kind. */
export type Fields<K extends MessageKind> = ValuesOf<(typeof MESSAGES)[K]['fields']>;

/** The kinds that `result` answers. */
export type KernelCall = {
  [K in MessageKind]: (typeof MESSAGES)[K] extends { reply: unknown } ? K : never;
}[MessageKind];

/** What `result` holds for this call beside its code. */
export type ReplyFields<K extends KernelCall> = ValuesOf<(typeof MESSAGES)[K]['reply']>;

type ValuesOf<Spec> = { -readonly [F in keyof Spec]: Spec[F] extends FieldType ? FieldValues[Spec[F]] : never };

/** The body of a message. Throws EINVAL naming the field whose value does not fit its type. */
export function encodeFields<K extends MessageKind>(kind: K, values: Fields<K>): Buffer {
  return encode(kind, layoutOf(kind).fields, values);
}

/** Reads a body strictly. Throws `ProtocolError` naming the kind and the field. Bytes fields are views of `body`. */
export function decodeFields<K extends MessageKind>(kind: K, body: Buffer): Fields<K>;
export function decodeFields(kind: MessageKind, body: Buffer): Record<string, unknown> {
  return decode(kind, layoutOf(kind).fields, body);
}

/** The body of the `result` that answers a kernel call. Reply fields that are left out are zero. */
export function encodeResult<K extends KernelCall>(
  call: K,
  code: FieldValues['code'],
  values: Partial<ReplyFields<K>> = {},
): Buffer {
  return encode(call, layoutOf(call).result, { ...values, code });
}

/** Reads a `result`, given the call it answers. Throws `ProtocolError`. */
export function decodeResult<K extends KernelCall>(
  call: K,
  body: Buffer,
): { code: FieldValues['code'] } & ReplyFields<K>;
export function decodeResult(call: KernelCall, body: Buffer): Record<string, unknown> {
  return decode(call, layoutOf(call).result, body);
}

/** The name of the message kind with this id, or undefined. */
export function kindNamed(id: number): MessageKind | undefined {
  return KIND_BY_ID[id];
}

type Field = { readonly name: string; readonly codec: FieldCodec<unknown> };
type Layout = { readonly fields: readonly Field[]; readonly result: readonly Field[] };

const KINDS = Object.keys(MESSAGES) as MessageKind[];
const KIND_BY_ID: (MessageKind | undefined)[] = [];
const LAYOUTS = new Map<MessageKind, Layout>();
for (const kind of KINDS) {
  const spec: MessageSpec = MESSAGES[kind];
  KIND_BY_ID[spec.id] = kind;
  LAYOUTS.set(kind, { fields: layout(spec.fields), result: layout({ code: 'code', ...spec.reply }) });
}

function layout(fields: Readonly<Record<string, FieldType>>): Field[] {
  return Object.entries(fields).map(([name, type]) => ({ name, codec: FIELD_CODECS[type] as FieldCodec<unknown> }));
}

function layoutOf(kind: MessageKind): Layout {
  const found = LAYOUTS.get(kind);
  if (found === undefined) throw new IpcError('EINVAL', `there is no message kind ${kind}`);
  return found;
}

function encode(kind: string, fields: readonly Field[], values: Readonly<Record<string, unknown>>): Buffer {
  let size = 0;
  for (const { name, codec } of fields) size += codec.size(name in values ? values[name] : codec.zero);
  const body = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { name, codec } of fields) {
    const value = name in values ? values[name] : codec.zero;
    try {
      codec.write(body, at, value);
    } catch (error) {
      throw new IpcError('EINVAL', `${kind}.${name}: ${text(error)}`, { cause: error });
    }
    at += codec.size(value);
  }
  return body;
}

function decode(kind: string, fields: readonly Field[], body: Buffer): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  let at = 0;
  for (const { name, codec } of fields) {
    const size = codec.sizeAt(body, at);
    if (at + size > body.length) throw new ProtocolError(`${kind}.${name} runs past the end of the body`);
    try {
      values[name] = codec.read(body, at, size);
    } catch (error) {
      throw new ProtocolError(`${kind}.${name}: ${text(error)}`);
    }
    at += size;
  }
  if (at !== body.length) throw new ProtocolError(`${kind} has ${body.length - at} bytes after its last field`);
  return values;
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { IpcError } from '../errors.ts';
import type { FieldValues } from './field-types.ts';
import { decodeLayout, encodeLayout, type Layout, layoutOfFields, type ValuesOf } from './layout.ts';
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

/** The body of a message. Throws EINVAL naming the field whose value does not fit its type. */
export function encodeFields<K extends MessageKind>(kind: K, values: Fields<K>): Buffer {
  return encodeLayout(kind, layoutOf(kind).fields, values);
}

/** Reads a body strictly. Throws `ProtocolError` naming the kind and the field. Bytes fields are views of `body`. */
export function decodeFields<K extends MessageKind>(kind: K, body: Buffer): Fields<K>;
export function decodeFields(kind: MessageKind, body: Buffer): Record<string, unknown> {
  return decodeLayout(kind, layoutOf(kind).fields, body);
}

/** The body of the `result` that answers a kernel call. Reply fields that are left out are zero. */
export function encodeResult<K extends KernelCall>(
  call: K,
  code: FieldValues['code'],
  values: Partial<ReplyFields<K>> = {},
): Buffer {
  return encodeLayout(call, layoutOf(call).result, Object.assign({}, values, { code }));
}

/** Reads a `result`, given the call it answers. Throws `ProtocolError`. */
export function decodeResult<K extends KernelCall>(
  call: K,
  body: Buffer,
): { code: FieldValues['code'] } & ReplyFields<K>;
export function decodeResult(call: KernelCall, body: Buffer): Record<string, unknown> {
  return decodeLayout(call, layoutOf(call).result, body);
}

/** The name of the message kind with this id, or undefined. */
export function kindNamed(id: number): MessageKind | undefined {
  return KIND_BY_ID[id];
}

type Layouts = { readonly fields: Layout; readonly result: Layout };

const KINDS = Object.keys(MESSAGES) as MessageKind[];
const KIND_BY_ID: (MessageKind | undefined)[] = [];
const LAYOUTS = new Map<MessageKind, Layouts>();
for (const kind of KINDS) {
  const spec: MessageSpec = MESSAGES[kind];
  KIND_BY_ID[spec.id] = kind;
  LAYOUTS.set(kind, { fields: layoutOfFields(spec.fields), result: layoutOfFields({ code: 'code', ...spec.reply }) });
}

function layoutOf(kind: MessageKind): Layouts {
  const found = LAYOUTS.get(kind);
  if (found === undefined) throw new IpcError('EINVAL', `there is no message kind ${kind}`);
  return found;
}

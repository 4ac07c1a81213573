import { IpcError, ProtocolError } from '../errors.ts';
import { FIELD_CODECS, type FieldCodec, type FieldType, type FieldValues } from './field-types.ts';

/** Fields in the order in which they are written. */
export type Layout = readonly { readonly name: string; readonly codec: FieldCodec<unknown> }[];

/** What a row's fields hold in TypeScript. */
export type ValuesOf<Spec> = {
  -readonly [F in keyof Spec]: Spec[F] extends FieldType ? FieldValues[Spec[F]] : never;
};

export function layoutOfFields(fields: Readonly<Record<string, FieldType>>): Layout {
  return Object.entries(fields).map(([name, type]) => ({ name, codec: FIELD_CODECS[type] as FieldCodec<unknown> }));
}

/** Fields that are left out are zero. Throws EINVAL naming the field whose value does not fit its type. */
export function encodeLayout(kind: string, fields: Layout, values: Readonly<Record<string, unknown>>): Buffer {
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

/** Reads strictly. Throws `ProtocolError` naming the kind and the field. */
export function decodeLayout(kind: string, fields: Layout, body: Buffer): Record<string, unknown> {
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

import { types } from 'node:util';
import { CODES, type ErrorCode, ProtocolError } from '../errors.ts';
import { decodeBody, encodeBody } from './body.ts';
import { type ErrorFields, errorFields, fillError, newError } from './error-fields.ts';

/** Causes of causes of… that travel; what lies deeper is cut off. */
const CAUSES = 16;
/** What an encoded error has at most, give or take a text: far below any frame. */
const ERROR_BYTES = 1024 * 1024;
/** Characters of a message, a stack or another text that travel. */
const TEXT_LENGTH = 64 * 1024;
/** Nesting of a property: with all causes around it still less than a body may have. */
const PROPERTY_DEPTH = 128;
/** What each error or value takes at least, so that a list of a million empty ones ends too. */
const ITEM_BYTES = 16;

/**
 * Encodes what a handler threw: any value, mostly an Error. Never throws, and never makes more than a frame takes: class
 * name, code, message, stack and causes travel, texts up to 64 Ki characters each. Properties that cannot travel are left
 * out, and those beyond 1 MiB; of another value that cannot its text is left.
 */
export function encodeErrorBody(thrown: unknown): Uint8Array {
  return encodeBody(reducedCause(thrown, CAUSES, { bytes: ERROR_BYTES }));
}

/** Decodes a failure that is a code and no more. Throws `ProtocolError` for a code that this side does not know. */
export function decodeBareCode(bytes: Uint8Array): ErrorCode {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const code = CODES.find((known) => known === text);
  if (code === undefined) throw new ProtocolError('the reply is a failure with a code this side does not know');
  return code;
}

/**
 * Decodes what the other side threw. Built-in errors and `IpcError` are real instances, others an `Error` with the same
 * `name`; the stack is the remote one and says so. Throws `ProtocolError`.
 */
export function decodeErrorBody(bytes: Uint8Array): unknown {
  const body = decodeBody(bytes);
  if (typeof body !== 'object' || body === null || !('error' in body)) {
    return typeof body === 'object' && body !== null ? Reflect.get(body, 'thrown') : undefined;
  }
  return restored(body.error, CAUSES);
}

/** What is left of `ERROR_BYTES`, for the error and all its causes together. */
type Room = { bytes: number };

function reducedCause(cause: unknown, causes: number, room: Room): { error: ErrorFields } | { thrown: unknown } {
  room.bytes -= ITEM_BYTES;
  if (!types.isNativeError(cause)) return { thrown: reducedValue(cause, room) };
  try {
    return { error: reduced(cause, causes, room) };
  } catch (error) {
    return { error: { type: 'Error', name: 'Error', message: `an error that cannot be read: ${textOf(error)}` } };
  }
}

function reduced(error: Error, causes: number, room: Room): ErrorFields {
  const { cause, errors, own = {}, type, name, message, stack } = errorFields(error);
  const result: ErrorFields = { type, name: textOf(name), message: textOf(message) };
  if (stack !== undefined) result.stack = textOf(stack);
  room.bytes -= encodeBody(result).length;
  if (cause !== undefined && causes > 0 && room.bytes > 0) result.cause = reducedCause(cause, causes - 1, room);
  if (Array.isArray(errors) && causes > 0) result.errors = reducedList(errors, causes - 1, room);
  result.own = reducedProperties(own, room);
  return result;
}

function reducedList(errors: readonly unknown[], causes: number, room: Room): unknown[] {
  const list: unknown[] = [];
  for (const item of errors) {
    if (room.bytes <= 0) break;
    list.push(reducedCause(item, causes, room));
  }
  return list;
}

function reducedProperties(own: object, room: Room): object {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(own)) {
    const copy = copyWithin(room, [key, value]);
    if (copy !== undefined) result[key] = copy[1];
  }
  return result;
}

function reducedValue(value: unknown, room: Room): unknown {
  const copy = copyWithin(room, [value]);
  if (copy !== undefined) return copy[0];
  const text = textOf(value);
  room.bytes -= text.length;
  return text;
}

/** The list as it will arrive, or undefined if it cannot travel or find room. In a copy no getter is left that could throw. */
function copyWithin(room: Room, list: readonly unknown[]): readonly unknown[] | undefined {
  try {
    const bytes = encodeBody(list, undefined, PROPERTY_DEPTH);
    if (bytes.length > room.bytes) return undefined;
    const copy = decodeBody(bytes);
    room.bytes -= bytes.length;
    return Array.isArray(copy) ? copy : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  try {
    const text = String(value);
    return text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH)}…` : text;
  } catch {
    return 'a value that has no text';
  }
}

function restored(fields: unknown, causes: number): unknown {
  if (typeof fields !== 'object' || fields === null) return new Error('the remote error cannot be read');
  const { cause, errors, ...rest } = fields as ErrorFields;
  const result: ErrorFields = rest;
  if (cause !== undefined && causes > 0) result.cause = restoredCause(cause, causes - 1);
  if (Array.isArray(errors) && causes > 0) result.errors = errors.map((item) => restoredCause(item, causes - 1));
  if (typeof result.stack === 'string') result.stack += '\n    at remote';
  const error = newError(result);
  fillError(error, result);
  return error;
}

function restoredCause(cause: unknown, causes: number): unknown {
  if (typeof cause !== 'object' || cause === null) return undefined;
  return 'error' in cause ? restored(cause.error, causes) : Reflect.get(cause, 'thrown');
}

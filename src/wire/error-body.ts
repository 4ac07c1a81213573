import { types } from 'node:util';
import { IpcError } from '../errors.ts';
import { decodeBody, encodeBody } from './body.ts';
import { type ErrorFields, errorFields, fillError, newError } from './error-fields.ts';

/** Causes of causes of… that travel; what lies deeper is cut off. */
const CAUSES = 16;

/**
 * Encodes what a handler threw: any value, mostly an Error. Never throws: class name, code, message, stack and causes
 * always travel; properties that cannot are left out, and of another value that cannot its text is left.
 */
export function encodeErrorBody(thrown: unknown): Uint8Array {
  return encodeBody(types.isNativeError(thrown) ? { error: reduced(thrown, CAUSES) } : { thrown: orText(thrown) });
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

function reduced(error: Error, causes: number): ErrorFields {
  const { cause, errors, own, ...fields } = errorFields(error);
  const result: ErrorFields = { ...fields, name: String(fields.name), message: String(fields.message) };
  if (cause !== undefined && causes > 0) result.cause = reducedCause(cause, causes - 1);
  if (Array.isArray(errors) && causes > 0) result.errors = errors.map((item) => reducedCause(item, causes - 1));
  if (own !== undefined) result.own = Object.fromEntries(Object.entries(own).filter(([, value]) => canTravel(value)));
  return result;
}

function reducedCause(cause: unknown, causes: number): unknown {
  return types.isNativeError(cause) ? { error: reduced(cause, causes) } : { thrown: orText(cause) };
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

function orText(value: unknown): unknown {
  return canTravel(value) ? value : String(value);
}

function canTravel(value: unknown): boolean {
  try {
    encodeBody(value);
    return true;
  } catch (error) {
    if (IpcError.is(error) && error.code === 'EBADBODY') return false;
    throw error;
  }
}

import { CODES, type ErrorCode, type Handled, IpcError, InvariantError, ProtocolError } from '../errors.ts';

/** An Error as a record. `own` holds its enumerable data properties beside the ones that every error has. */
export type ErrorFields = {
  type: string;
  name?: unknown;
  message?: unknown;
  stack?: unknown;
  cause?: unknown;
  errors?: unknown;
  own?: object;
};

/** Takes an error apart. Whether its parts can travel is for the caller to see. */
export function errorFields(error: Error): ErrorFields {
  const fields: ErrorFields = { type: typeOf(error), name: error.name, message: error.message };
  if (typeof error.stack === 'string') fields.stack = error.stack;
  if (Object.hasOwn(error, 'cause')) fields.cause = error.cause;
  if (error instanceof AggregateError) fields.errors = error.errors;
  fields.own = ownProperties(error);
  return fields;
}

/** An error of the class its fields name, or a plain Error where this side has no such class. Still to be filled. */
export function newError(fields: ErrorFields): Error {
  const build = BUILDERS.get(fields.type);
  return build === undefined ? new Error() : build(fields);
}

/** Puts the fields into an error made by `newError`. */
export function fillError(error: Error, fields: ErrorFields): void {
  if (typeof fields.message === 'string') hidden(error, 'message', fields.message);
  if (typeof fields.name === 'string' && fields.name !== error.name) hidden(error, 'name', fields.name);
  if (typeof fields.stack === 'string') hidden(error, 'stack', fields.stack);
  if ('cause' in fields) hidden(error, 'cause', fields.cause);
  if (error instanceof AggregateError && Array.isArray(fields.errors)) hidden(error, 'errors', fields.errors);
  if (typeof fields.own !== 'object' || fields.own === null) return;
  for (const [key, value] of Object.entries(fields.own)) {
    if (!STANDARD.has(key)) {
      Object.defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true });
    }
  }
}

/** What every error has, and is not copied as a property of its own. */
const STANDARD = new Set(['name', 'message', 'stack', 'cause', 'errors', '__proto__']);

const BUILT_IN = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];

const BUILDERS = new Map<string, (fields: ErrorFields) => Error>([
  ...BUILT_IN.map((type): [string, () => Error] => [type.name, () => new type()]),
  ['AggregateError', () => new AggregateError([])],
  ['IpcError', newIpcError],
  ['ProtocolError', () => new ProtocolError('')],
  ['InvariantError', ({ own }) => new InvariantError('', ipcOptions(own))],
]);

function typeOf(error: Error): string {
  const prototype: unknown = Object.getPrototypeOf(error);
  if (prototype === AggregateError.prototype) return 'AggregateError';
  if (prototype === ProtocolError.prototype) return 'ProtocolError';
  if (prototype === InvariantError.prototype) return 'InvariantError';
  if (IpcError.is(error)) return 'IpcError';
  return BUILT_IN.find((type) => prototype === type.prototype)?.name ?? 'Error';
}

function newIpcError({ own }: ErrorFields): Error {
  const code: unknown = typeof own === 'object' && own !== null ? Reflect.get(own, 'code') : undefined;
  const known = CODES.find((candidate): candidate is ErrorCode => candidate === code);
  return known === undefined ? new Error() : new IpcError(known, '', ipcOptions(own));
}

function ipcOptions(own: unknown): { op?: string; object?: string; handled?: Handled } {
  if (typeof own !== 'object' || own === null) return {};
  const { op, object, handled } = own as Record<string, unknown>;
  return {
    ...(typeof op === 'string' && { op }),
    ...(typeof object === 'string' && { object }),
    ...((handled === 'no' || handled === 'maybe') && { handled }),
  };
}

/** What is stored: a getter of its owner's could throw, or run for ever. */
function ownProperties(error: Error): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  for (const [key, { enumerable, value }] of Object.entries(Object.getOwnPropertyDescriptors(error))) {
    if (enumerable === true && value !== undefined && !STANDARD.has(key)) own[key] = value;
  }
  return own;
}

function hidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}

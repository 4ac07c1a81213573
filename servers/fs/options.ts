import { isDate } from 'node:util/types';

import { type Path, pathBytes } from '../vfs/index.ts';
import { aborted } from './errors.ts';
import { wrongType, wrongValue } from './wrong-call.ts';

/** An options argument after its check: a bare string is the encoding. */
export type Options = { readonly encoding?: BufferEncoding | 'buffer' | null } & Readonly<Record<string, unknown>>;

/** @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE */
export function optionsOf(given: unknown): Options {
  if (given === undefined || given === null || typeof given === 'function') return {};
  if (typeof given !== 'string' && typeof given !== 'object') {
    throw wrongType('options', 'one of type string or object', given);
  }
  const options: Options = typeof given === 'string' ? { encoding: given as BufferEncoding } : { ...given };
  const { encoding, signal } = options;
  if (encoding && encoding !== 'buffer' && !Buffer.isEncoding(encoding)) {
    throw wrongValue('encoding', encoding, 'is invalid encoding');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrongType('options.signal', 'an instance of AbortSignal', signal);
  }
  return options;
}

/** @throws AbortError once the `signal` of the options has fired */
export function checkSignal({ signal }: Options): void {
  if (signal instanceof AbortSignal && signal.aborted) throw aborted(signal);
}

/** Bytes as the `encoding` of the options wants them; `fallback` where it says nothing. */
export function encoded(bytes: Buffer, { encoding }: Options, fallback: BufferEncoding | 'buffer'): string | Buffer {
  const wanted = encoding ?? fallback;
  return wanted === 'buffer' ? bytes : bytes.toString(wanted);
}

/** A name or path as the `encoding` of the options wants it, text by default. */
export function encodedPath(path: Path, options: Options): string | Buffer {
  if (typeof path === 'string' && (!options.encoding || options.encoding === 'utf8')) return path;
  return encoded(Buffer.from(pathBytes(path)), { encoding: options.encoding || 'utf8' }, 'utf8');
}

/** @throws ERR_INVALID_ARG_TYPE */
export function flagOf(options: Options, name: string): boolean {
  const value = options[name] ?? false;
  if (typeof value !== 'boolean') throw wrongType(`options.${name}`, 'of type boolean', value);
  return value;
}

/** A time argument, in seconds or as a `Date`, in milliseconds. @throws ERR_INVALID_ARG_TYPE */
export function millisecondsOf(value: unknown): number {
  const seconds = typeof value === 'string' ? Number(value) : value;
  if (typeof seconds === 'number' && Number.isFinite(seconds)) return seconds < 0 ? Date.now() : seconds * 1000;
  if (isDate(value)) return value.getTime();
  throw wrongType('time', 'an instance of Date or an Time in seconds', value);
}

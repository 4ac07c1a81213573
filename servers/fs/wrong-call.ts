import { inspect } from 'node:util';

type CodedTypeError = TypeError & { code: string };

/** The argument is not of a type that the method takes; `expected` is Node's wording (`of type string`). */
export function wrongType(name: string, expected: string, value: unknown): CodedTypeError {
  return coded(
    TypeError,
    'ERR_INVALID_ARG_TYPE',
    `The ${nameOf(name)} must be ${expected}. Received ${typeText(value)}`,
  );
}

/** The argument is of the right type, and no value of the method's. */
export function wrongValue(name: string, value: unknown, reason = 'is invalid'): CodedTypeError {
  const text = cut(inspect(value), 128);
  const kind = name.includes('.') ? 'property' : 'argument';
  return coded(TypeError, 'ERR_INVALID_ARG_VALUE', `The ${kind} '${name}' ${reason}. Received ${text}`);
}

export function outOfRange(name: string, range: string, value: unknown): RangeError & { code: string } {
  const text =
    typeof value === 'number' && Number.isInteger(value) && Math.abs(value) > 2 ** 32 ? grouped(value) : inspect(value);
  return coded(
    RangeError,
    'ERR_OUT_OF_RANGE',
    `The value of "${name}" is out of range. It must be ${range}. Received ${text}`,
  );
}

/** Node has a code of its own for this one. */
export function wrongLinkType(type: unknown): Error & { code: string } {
  const text = `Symlink type must be one of "dir", "file", or "junction". Received "${String(type)}"`;
  return coded(Error, 'ERR_FS_INVALID_SYMLINK_TYPE', text);
}

/** @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE */
export function requireInteger(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') throw wrongType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < least || value > most) throw outOfRange(name, `>= ${least} && <= ${most}`, value);
  return value;
}

function coded<E extends Error>(make: new (message: string) => E, code: string, message: string): E & { code: string } {
  const error = Object.assign(new make(message), { code });
  // Node's own show the code beside the name, and the name is the plain one all the same.
  error.stack = error.stack?.replace(error.name, `${error.name} [${code}]`) ?? '';
  return error;
}

function nameOf(name: string): string {
  return `"${name}" ${name.includes('.') ? 'property' : 'argument'}`;
}

function typeText(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value !== 'object') return `type ${typeof value} (${cut(inspect(value), 25)})`;
  const name = value.constructor?.name;
  return name ? `an instance of ${name}` : inspect(value, { depth: -1 });
}

function cut(text: string, length: number): string {
  return text.length > length + 3 ? `${text.slice(0, length)}...` : text;
}

function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, '_');
}

import { isUtf8 } from 'node:buffer';

/**
 * A path or a name as it travels: a string when its bytes are valid UTF-8, else the bytes themselves, so that every name a
 * host can hold arrives unharmed. Paths are relative to the file system's root, parts joined with `/`; `''` is the root.
 */
export type Path = string | Uint8Array;

/** The bytes of a path. A string is encoded as UTF-8; bytes are not copied. */
export function pathBytes(path: Path): Buffer {
  return typeof path === 'string' ? Buffer.from(path) : Buffer.from(path.buffer, path.byteOffset, path.byteLength);
}

/** The path in the form in which it travels. Bytes that stay bytes are copied out of whatever memory they lie in. */
export function pathOf(bytes: Buffer): Path {
  return isUtf8(bytes) ? bytes.toString() : new Uint8Array(bytes);
}

/** The path of `name` in `directory`. */
export function joinPath(directory: Path, name: Path): Path {
  if (directory.length === 0) return name;
  if (typeof directory === 'string' && typeof name === 'string') return `${directory}/${name}`;
  return new Uint8Array(Buffer.concat([pathBytes(directory), SEPARATOR, pathBytes(name)]));
}

/** The path on one line of text for people: control characters, quotes, backslashes and bytes outside UTF-8 are escaped. */
export function showPath(path: Path): string {
  const text = decodePath(path, (byte) => String.fromCharCode(0xdc00 + byte));
  return `'${text.replace(UNPRINTABLE, escapeCharacter)}'`;
}

/** Decodes a path; `outside` gives the text for each byte that is not part of valid UTF-8. */
export function decodePath(path: Path, outside: (byte: number) => string): string {
  if (typeof path === 'string') return path;
  const bytes = pathBytes(path);
  if (isUtf8(bytes)) return bytes.toString();
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const size = characterSize(bytes, at);
    text += size === 0 ? outside(bytes.readUInt8(at)) : bytes.toString('utf8', at, at + size);
    at += Math.max(size, 1);
  }
  return text;
}

const SEPARATOR = Buffer.from('/');

/** C0, DEL, C1 and lone surrogates (a byte outside UTF-8, see `showPath`), and what would make an escape ambiguous. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}'\\]/gu;

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === "'" || character === '\\') return `\\${character}`;
  const byte = code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code;
  return byte <= 0xff ? `\\x${byte.toString(16).padStart(2, '0')}` : `\\u${byte.toString(16)}`;
}

/** Bytes of the UTF-8 character that starts at `at`; 0 if none does. */
function characterSize(bytes: Buffer, at: number): number {
  for (let size = 1; size <= 4 && at + size <= bytes.length; size++) {
    if (isUtf8(bytes.subarray(at, at + size))) return size;
  }
  return 0;
}

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { decodePath, joinPath, pathBytes, pathOf, showPath } from '../../../servers/vfs/path.ts';

const surrogate = (byte: number): string => String.fromCharCode(0xdc00 + byte);

test('a path travels as a string exactly when it is UTF-8, and no byte is lost', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const path = pathOf(Buffer.from(bytes));
      expect(pathBytes(path).equals(bytes)).toBe(true);
      expect(typeof path === 'string').toBe(decodes(bytes));
    }),
  );
});

test('joining keeps bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.uint8Array({ minLength: 1 }), (directory, name) => {
      const joined = joinPath(pathOf(Buffer.from(directory)), pathOf(Buffer.from(name)));
      expect(pathBytes(joined).equals(Buffer.concat([directory, Buffer.from('/'), name]))).toBe(true);
    }),
  );
});

test('a name in the root is its own path', () => {
  expect(joinPath('', 'x')).toBe('x');
});

test('PEP 383: each byte outside UTF-8 becomes one lone surrogate, and different bytes differ', () => {
  expect(decodePath(Uint8Array.of(0x61, 0xff, 0xc3, 0xa9, 0xe2, 0x82), surrogate)).toBe('a\udcffé\udce2\udc82');
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = decodePath(bytes, surrogate);
      const back = Buffer.concat(
        Array.from(text, (character) => {
          const code = character.codePointAt(0) ?? 0;
          return code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code - 0xdc00) : Buffer.from(character);
        }),
      );
      expect(back.equals(bytes)).toBe(true);
    }),
  );
});

test.each([
  ['plain', "'plain'"],
  ['ünï', "'ünï'"],
  ['a\nb', String.raw`'a\nb'`],
  ['\u001b[2J', String.raw`'\x1b[2J'`],
  ["it's", String.raw`'it\'s'`],
  ['a\\xff', String.raw`'a\\xff'`],
  [Uint8Array.of(0x61, 0xff), String.raw`'a\xff'`],
])('%j is shown as %s', (path, shown) => {
  expect(showPath(path)).toBe(shown);
});

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

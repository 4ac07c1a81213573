/** As much of msgpack as a body of plain data needs: nil, booleans, whole numbers, text, lists and maps. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

export function pack(value: Value): Buffer {
  if (value === null) return Buffer.of(0xc0);
  if (typeof value === 'boolean') return Buffer.of(value ? 0xc3 : 0xc2);
  if (typeof value === 'number') return number(value);
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([wide(0xda, text.length), text]);
  }
  if (Array.isArray(value)) return Buffer.concat([wide(0xdc, value.length), ...value.map(pack)]);
  const entries = Object.entries(value);
  return Buffer.concat([wide(0xde, entries.length), ...entries.flatMap(([key, item]) => [pack(key), pack(item)])]);
}

export function unpack(bytes: Buffer): Value {
  let at = 0;
  const uint = (length: number): number => {
    at += length;
    return bytes.readUIntBE(at - length, length);
  };
  const chars = (length: number): string => {
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const list = (length: number): Value[] => Array.from({ length }, next);
  const map = (length: number): Value =>
    Object.fromEntries(Array.from({ length }, () => [text(next()), next()] as const));
  return next();

  function next(): Value {
    const tag = uint(1);
    if (tag < 0x80) return tag;
    if (tag < 0x90) return map(tag & 0xf);
    if (tag < 0xa0) return list(tag & 0xf);
    if (tag < 0xc0) return chars(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    if (tag === 0xc0) return null;
    if (tag === 0xc2 || tag === 0xc3) return tag === 0xc3;
    if (tag === 0xcb) return bytes.readDoubleBE((at += 8) - 8);
    if (tag >= 0xcc && tag <= 0xce) return uint(1 << (tag - 0xcc));
    if (tag === 0xcf) return Number(bytes.readBigUInt64BE((at += 8) - 8));
    if (tag >= 0xd9 && tag <= 0xdb) return chars(uint(1 << (tag - 0xd9)));
    if (tag === 0xdc || tag === 0xdd) return list(uint(2 << (tag - 0xdc)));
    if (tag === 0xde || tag === 0xdf) return map(uint(2 << (tag - 0xde)));
    throw new TypeError(`msgpack ${tag.toString(16)} is more than plain data`);
  }
}

function number(value: number): Buffer {
  if (value >= 0 && value < 0x80) return Buffer.of(value);
  const whole = Buffer.of(0xcb, 0, 0, 0, 0, 0, 0, 0, 0);
  whole.writeDoubleBE(value, 1);
  return whole;
}

function wide(tag: number, length: number): Buffer {
  return Buffer.of(tag, length >> 8, length & 0xff);
}

function text(value: Value): string {
  if (typeof value !== 'string') throw new TypeError('a key is text');
  return value;
}

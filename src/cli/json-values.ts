/**
 * Values on a command line: JSON, in which `{"$bytes": "base64"}` is a Uint8Array and `{"$bigint": "12"}` a bigint.
 *
 * @throws SyntaxError for what is no JSON, or a `$bigint` that is none.
 */
export function valueOf(json: string): unknown {
  return JSON.parse(json, (_key, value: unknown) => {
    const bytes = tagged(value, '$bytes');
    if (bytes !== undefined) return new Uint8Array(Buffer.from(bytes, 'base64'));
    const bigint = tagged(value, '$bigint');
    return bigint === undefined ? value : BigInt(bigint);
  });
}

/** The other way round; `undefined` is null, a Map or Set an array. What else JSON has not, like a right, is its class's name. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(plain(value, new Set()));
}

function tagged(value: unknown, tag: string): string | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return undefined;
  const text: unknown = Reflect.get(value, tag);
  return typeof text === 'string' ? text : undefined;
}

function plain(value: unknown, around: ReadonlySet<unknown>): unknown {
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (around.has(value)) return '[a circle]';
  const inside = new Set([...around, value]);
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Date) return value;
  if (Array.isArray(value) || value instanceof Map || value instanceof Set)
    return Array.from(value as Iterable<unknown>, (item) => plain(item, inside));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor.name}]`;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, inside)]));
}

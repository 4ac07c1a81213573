// @ts-check
import { FIELD_CODECS } from '../../dist/src/wire/field-types.js';
import { code, rowsOf, table } from './markdown.js';

const FIELD_MEANING = {
  u64: 'at most 2^53 − 1',
  bool: '0 or 1',
  str: 'u16 length, then UTF-8',
  u32s: 'u32 count, then that many u32',
  right: 'u8 disposition, u32 name: a right that is named, not carried',
  code: 'u8 length, then an error code in ASCII; empty: success',
  handled: '0 nothing to say, 1 `no`, 2 `maybe`',
  rest: 'everything to the end of the body',
};

export const FIELDS = `## Fields

The body of everything but \`send\` and \`deliver\` is its fields, one after the other, and nothing behind them.

${table(
  ['type', 'bytes', 'meaning'],
  rowsOf(FIELD_CODECS, (name, codec) => [code(name), sizeOf(name, codec), FIELD_MEANING[name] ?? '']),
)}`;

/**
 * @param {string} type
 * @param {{ size(value: any): number, zero: any }} codec
 */
function sizeOf(type, codec) {
  return FIELD_MEANING[type]?.includes('then') || type === 'rest' ? 'varies' : codec.size(codec.zero);
}

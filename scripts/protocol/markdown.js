// @ts-check
// How what the tables hold is written.

/**
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 */
export function table(head, rows) {
  const line = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * @param {Record<string, any>} record
 * @param {(name: string, value: any) => (string | number)[]} row
 */
export function rowsOf(record, row) {
  return Object.entries(record).map(([name, value]) => row(name, value));
}

/** @param {string} text */
export function code(text) {
  return `\`${text}\``;
}

/** @param {Record<string, string>} spec */
export function fields(spec) {
  return Object.entries(spec)
    .map(([name, type]) => `${code(name)} ${type}`)
    .join(', ');
}

/** @param {Record<string, number>} record */
export function numbers(record) {
  return Object.entries(record)
    .map(([name, number]) => `${number} ${code(name)}`)
    .join(', ');
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ');
}

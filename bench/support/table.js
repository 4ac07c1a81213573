/** @typedef {import('./stats.js').Spread | undefined} Figure */

/** Stands where nothing was measured. */
const NONE = '–';

/**
 * A Markdown table, its columns as wide as they need to be; the first is text, the others are figures. A row without any
 * figure is left out, and so is a table without rows.
 *
 * @param {string} title
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} all
 */
export function table(title, head, all) {
  const rows = all.filter(([, ...figures]) => figures.some((figure) => figure !== NONE));
  if (rows.length === 0) return '';
  const widths = head.map((cell, i) => Math.max(cell.length, 3, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${widths.map((width, i) => (i === 0 ? (cells[i] ?? '').padEnd(width) : (cells[i] ?? '').padStart(width))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [`### ${title}`, '', line(head), line(rule), ...rows.map(line), ''].join('\n');
}

/**
 * Median, with the least and the greatest of the rounds.
 *
 * @param {Figure} figure
 * @param {number} [unit] What to divide by.
 */
export function shown(figure, unit = 1) {
  if (figure === undefined) return NONE;
  const [median, min, max] = [figure.median, figure.min, figure.max].map((value) => number(value / unit));
  return figure.rounds === 1 ? String(median) : `${median} (${min}–${max})`;
}

/**
 * @param {Figure} figure
 * @param {Figure} base
 */
export function times(figure, base) {
  return figure === undefined || base === undefined ? NONE : `${number(figure.median / base.median)}×`;
}

/**
 * Three digits are what these figures are worth.
 *
 * @param {number} value
 */
function number(value) {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

import { paint } from './terminal.ts';

/** Columns, aligned; numbers to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell : printable(cell))));
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => String(row[i] ?? '').length)));
  const line = (row: readonly (string | number)[]): string =>
    row
      .map((cell, i) =>
        typeof cell === 'number' ? String(cell).padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  process.stdout.write(`${[paint(process.stdout, 'bold', line(head)), ...cells.map(line)].join('\n')}\n`);
}

const LONGEST = 200;

/** Labels are what tasks say they are: one must not move the cursor, or fill the screen. */
function printable(text: string): string {
  const safe = text.replaceAll(/\p{C}/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe;
}

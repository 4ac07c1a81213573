import { showPath } from 'easync/servers/vfs';

import { type PathKey, pathOfKey } from './digest.ts';
import type { Row, TourResult } from './result.ts';

/** The result for people. */
export function toTable({ dir, rows, skipped, agree }: TourResult): string {
  const lines = [
    `${showPath(dir)}: ${count(rows.direct.files)} files, ${count(rows.direct.bytes)} bytes`,
    '',
    ...table(Object.entries(rows)),
    '',
    agree ? `digest ${rows.direct.digest}, the same everywhere` : 'THE DIGESTS DIFFER',
  ];
  if (skipped.length > 0) {
    lines.push(`skipped ${count(skipped.length)}:`);
    lines.push(...some(skipped.map(([key, code]) => `  ${code} ${showKey(key)}`)));
  }
  return lines.join('\n');
}

/** For stderr, whatever the output: why digests differ. Empty if nothing changed. */
export function changeReport({ changed }: TourResult): string[] {
  return some(changed.map((key) => `changed while it was read: ${showKey(key)}`));
}

const HEAD = ['placement', 'files', 'bytes', 'digest', 'calls', 'wall ms', 'p50 µs', 'p99 µs', 'pid', 'thread'];

function table(rows: [string, Row][]): string[] {
  const cells = [HEAD, ...rows.map(([name, row]) => [name, ...rowCells(row)])];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((cell, column) => pad(cell, column, widths))
      .join('  ')
      .trimEnd(),
  );
}

function rowCells(row: Row): string[] {
  return [
    count(row.files),
    count(row.bytes),
    row.digest.slice(0, 12),
    count(row.calls),
    row.wallMs.toFixed(1),
    row.p50us.toFixed(1),
    row.p99us.toFixed(1),
    String(row.pid),
    String(row.threadId),
  ];
}

function pad(cell: string, column: number, widths: number[]): string {
  const width = widths[column] ?? 0;
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function showKey(key: PathKey): string {
  return showPath(pathOfKey(key));
}

/** A terminal is not the place for ten thousand lines. */
const SHOWN = 20;

function some(lines: string[]): string[] {
  if (lines.length <= SHOWN) return lines;
  return [...lines.slice(0, SHOWN), `  and ${count(lines.length - SHOWN)} more`];
}

import type { WriteStream } from 'node:tty';

import { now } from './clock.ts';

/** Shows how far a pass has come. */
export interface Progress extends Disposable {
  /** Begins a pass. `totalBytes` is 0 while nobody knows. */
  begin(title: string, totalBytes: number): void;
  update(bytes: number): void;
}

/** One line on a terminal, redrawn in place and gone when disposed; nothing where there is no terminal. */
export function createProgress(stream: Pick<WriteStream, 'isTTY' | 'columns' | 'write'>): Progress {
  if (!stream.isTTY) return { begin: () => {}, update: () => {}, [Symbol.dispose]: () => {} };
  let title = '';
  let total = 0;
  let drawn = -Infinity;
  const draw = (bytes: number): void => {
    drawn = now();
    stream.write(`${ERASE_LINE}${progressLine(title, bytes, total).slice(0, Math.max(stream.columns - 1, 0))}`);
  };
  return {
    begin(nextTitle, totalBytes) {
      title = nextTitle;
      total = totalBytes;
      draw(0);
    },
    update(bytes) {
      if (now() - drawn >= REDRAW_EVERY_MS) draw(bytes);
    },
    [Symbol.dispose]() {
      stream.write(ERASE_LINE);
    },
  };
}

export function progressLine(title: string, bytes: number, total: number): string {
  const megabytes = `${(bytes / 1e6).toFixed(1)} MB`;
  if (total === 0) return `${title.padEnd(TITLE_WIDTH)}${megabytes}`;
  const share = Math.min(bytes / total, 1);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = '#'.repeat(filled) + '.'.repeat(BAR_WIDTH - filled);
  return `${title.padEnd(TITLE_WIDTH)}[${bar}] ${String(Math.floor(share * 100)).padStart(3)} %  ${megabytes}`;
}

const REDRAW_EVERY_MS = 80;
const TITLE_WIDTH = 10;
const BAR_WIDTH = 30;
const ERASE_LINE = '\r\u001B[2K';

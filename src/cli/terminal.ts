import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'red' | 'green';

/** `text` in colour where `stream` is a terminal that shows it (NO_COLOR and FORCE_COLOR are heeded); as it is otherwise. */
export function paint(stream: NodeJS.WriteStream, style: Style, text: string): string {
  return hasColors(stream) ? styleText(style, text) : text;
}

export function hasColors(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && stream.hasColors();
}

/** On a terminal, a line that says what is waited for and how long already; nothing elsewhere. Gone when disposed. */
export function showWaiting(stream: NodeJS.WriteStream, what: string): Disposable {
  if (!stream.isTTY) return { [Symbol.dispose]: () => undefined };
  const start = performance.now();
  const timer = setInterval(() => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const line = `${what} … ${seconds} s`.slice(0, (stream.columns || UNKNOWN_COLUMNS) - 1);
    stream.write(`${ERASE_LINE}${paint(stream, 'dim', line)}`);
  }, REDRAW_EVERY_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      stream.write(ERASE_LINE);
    },
  };
}

const REDRAW_EVERY_MS = 200;
/** A terminal that does not know its size says 0. */
const UNKNOWN_COLUMNS = 80;
const ERASE_LINE = '\r\u001B[2K';

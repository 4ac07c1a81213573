import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is handed over in pieces: a child that never ends its line must not fill our memory. */
export const LONGEST_LINE = 64 * 1024;

/** Hands over a stream line by line, without line ends. While `onLine` is busy nothing more is read. */
export async function outputLines(stream: Readable, onLine: (line: string) => void | Promise<void>): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) await handOver(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (rest.length > LONGEST_LINE) {
      await onLine(rest.slice(0, LONGEST_LINE));
      rest = rest.slice(LONGEST_LINE);
    }
  }
  rest += decoder.end();
  if (rest !== '') await onLine(rest);

  async function handOver(line: string): Promise<void> {
    let at = 0;
    do {
      await onLine(line.slice(at, at + LONGEST_LINE));
      at += LONGEST_LINE;
    } while (at < line.length);
  }
}

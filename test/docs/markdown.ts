import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The pages that ship, by their path in the repository. */
export const PAGES: readonly string[] = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`),
];

export function page(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A fenced block; `info` is what stands behind the opening fence. */
export type Block = { info: string; text: string; line: number };

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: { info: string; lines: string[]; line: number } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.startsWith('```')) open?.lines.push(line);
    else if (open === undefined) open = { info: line.slice(3).trim(), lines: [], line: index + 1 };
    else {
      blocks.push({ info: open.info, text: `${open.lines.join('\n')}\n`, line: open.line });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`the block in line ${open.line} is never closed`);
  return blocks;
}

/** The page without its fenced blocks. */
export function proseOf(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

/** The rows of every table on a page, as trimmed cells; heads and rules left out. */
export function rowsOf(text: string): string[][] {
  const lines = proseOf(text).split('\n');
  const isRule = (line: string | undefined): boolean => line !== undefined && /^\|[-|: ]+\|$/.test(line);
  return lines
    .filter((line, index) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1]))
    .map((line) => line.slice(1, line.lastIndexOf('|')).split('|'))
    .map((cells) => cells.map((cell) => cell.trim()));
}

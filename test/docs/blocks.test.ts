import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Block, blocksOf, page, PAGES, ROOT } from './markdown.ts';

// Every TypeScript or JavaScript block of a page is a program, or a module that a program of the same page imports: the latter
// has its file name behind the language, as a file of JSON has that they read. A `text` block after a program is what it prints; numbers may differ.

type Program = { name: string; folder: string; file: string; prints: string | undefined };

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), 'easync-blocks-'));
const pages = PAGES.map((path) => ({ path, folder: path.replaceAll(/\W/g, '-'), blocks: blocksOf(page(path)) }));
const programs = pages.flatMap(({ path, folder, blocks }) => programsOf(path, folder, blocks));

beforeAll(async () => {
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(ROOT, join(directory, 'node_modules', 'easync'));
  for (const name of ['@types', 'vitest', 'zod']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
  }
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: STRICT }));
  for (const { folder, blocks } of pages) {
    mkdirSync(join(directory, folder));
    writeFileSync(join(directory, folder, 'package.json'), JSON.stringify({ type: 'module' }));
    for (const block of blocks.filter(isFile)) writeFileSync(join(directory, folder, fileOf(block)), block.text);
  }
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', directory]).catch(showOutput);
});

afterAll(() => rmSync(directory, { recursive: true }));

test('there are programs to run', () => {
  expect(programs.length).toBeGreaterThanOrEqual(3);
});

test.each(programs.map((program) => [program.name, program] as const))(
  '%s',
  async (_name, { folder, file, prints }) => {
    const program = file.replace(/ts$/, 'js');
    const env = { ...process.env, EASYNC_CHECK: '0' };
    const { stdout } = await run(process.execPath, [program], { cwd: join(directory, folder), env });
    if (prints !== undefined) expect(withoutNumbers(stdout)).toBe(withoutNumbers(prints));
  },
);

const STRICT = {
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
};

function programsOf(path: string, folder: string, blocks: Block[]): Program[] {
  return blocks.flatMap((block, index) => {
    const file = fileOf(block);
    if (!isCode(block) || !/^(main|block-)/.test(file)) return [];
    const next = blocks[index + 1];
    return [{ name: `${path}:${block.line}`, folder, file, prints: next?.info === 'text' ? next.text : undefined }];
  });
}

function isCode({ info }: Block): boolean {
  return /^(ts|js)\b/.test(info);
}

function isFile(block: Block): boolean {
  return isCode(block) || block.info.startsWith('json ');
}

function fileOf({ info, line }: Block): string {
  const [language, name] = info.split(' ');
  return name ?? `block-${line}.${language}`;
}

function withoutNumbers(text: string): string {
  return text.replaceAll(/\d+/g, 'N');
}

/** The compiler tells what is wrong on its standard output. */
function showOutput(error: Error & { stdout?: string }): never {
  throw new Error(error.stdout ?? error.message, { cause: error });
}

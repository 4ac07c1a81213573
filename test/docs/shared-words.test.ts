import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ROOT } from './markdown.ts';

// Words that other processes write at the same time are read and written by src/os/shared-words.ts alone. Their type has no index, which
// `npm run typecheck` holds everybody to; and `npm run lint` refuses what would get around the type. Both are tried here.

const directory = mkdtempSync(join(tmpdir(), 'easync-words-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What one could do to `words`, and whether the compiler lets it. */
const ACCESSES: Readonly<Record<string, boolean>> = {
  'load(words, 0)': true,
  'store(words, 0, 1)': true,
  'exchange(words, 0, 1)': true,
  'load(partOf(words, 1, 2), 0)': true,
  'words[0]': false,
  'words[0] = 1': false,
  'words[i]': false,
  'words[i] += 1': false,
  'words.at(0)': false,
  '[...words]': false,
  'new DataView(words.buffer)': false,
  'Atomics.load(words, 0)': false,
  'const array: Uint32Array = words': false,
  'const words2: SharedWords = new Uint32Array(1)': false,
};

test('the compiler refuses every plain access to shared words', async () => {
  const names = 'exchange, load, partOf, type SharedWords, store';
  const head = `import { ${names} } from '${join(ROOT, 'src/os/shared-words.ts')}';`;
  const accesses = Object.keys(ACCESSES);
  const body = accesses.map(
    (access) => `export function f${accesses.indexOf(access)}(words: SharedWords, i: number) {
  ${access};
  return [i, load, store, partOf, exchange, words];
}`,
  );
  write('access.ts', [head, ...body].join('\n'));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--allowImportingTsExtensions', '--ignoreConfig'];
  const said = await run(tsc, [...options, '--target', 'es2023', '--module', 'nodenext', 'access.ts']);
  const lines = [...said.matchAll(/access\.ts\((\d+),/g)].map(([, line]) => Number(line));
  // One line of imports, then four for each; what it does is on the second.
  const refused = accesses.filter((_, i) => lines.includes(1 + i * 4 + 2));
  expect(refused).toEqual(accesses.filter((access) => ACCESSES[access] === false));
});

/** Ways around the type, and whether lint lets them. */
const WAYS: Readonly<Record<string, boolean>> = {
  'export const a = (m: ArrayBuffer) => Atomics.load(new Int32Array(m), 0);': false,
  'export const b = (m: ArrayBuffer) => new Uint32Array(m);': false,
  'export const c = (m: ArrayBuffer) => new BigUint64Array(m);': false,
  'export const d = (n: number) => new SharedArrayBuffer(n);': false,
  'export const e = { a: Atomics };': false,
  'export const f = (m: ArrayBuffer) => new Uint8Array(m);': true,
};
const FOLDERS = ['os', 'os/deep', 'host', 'link', 'task/memory', 'task/sleep', 'broker/memory', 'broker/sleep', 'sync'];

test('lint refuses whatever would get around that, but in the one file', async () => {
  copyFileSync(join(ROOT, '.oxlintrc.json'), join(directory, '.oxlintrc.json'));
  const expected: string[] = [];
  for (const folder of FOLDERS) {
    for (const [i, [way, isAllowed]] of Object.entries(WAYS).entries()) {
      const path = `src/${folder}/way-${i}.ts`;
      write(path, way);
      if (!isAllowed) expected.push(path);
    }
  }
  write('src/os/shared-words.ts', Object.keys(WAYS).join('\n'));
  const said = await run(join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint'), ['--format', 'json', 'src']);
  const { diagnostics } = JSON.parse(said) as { diagnostics: { code: string; filename: string }[] };
  const refused = diagnostics.filter(({ code }) => code.includes('no-restricted-globals'));
  expect([...new Set(refused.map(({ filename }) => filename))].sort()).toEqual(expected.sort());
});

function write(path: string, text: string): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${text}\n`);
}

/** What it says, whether or not it is content. */
function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: directory, maxBuffer: 1 << 24 };
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      if (stdout === '' && error !== null) reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
}

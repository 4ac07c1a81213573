import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CODES } from '../../src/errors.ts';
import { page, ROOT, rowsOf } from './markdown.ts';

const [used = '', reserved = ''] = page('docs/errors.md').split('## Reserved');

/** The error classes that bring their code along. */
const OWN_CODE: Readonly<Record<string, string>> = { InvariantError: 'EMSGSTATE', ProtocolError: 'EPROTOCOL' };

/** Servers whose errors (`VfsError`) have codes of the system, which are not ours. */
const FILE_SYSTEMS = ['vfs', 'hostfs', 'memfs'];

test('every code has one row, and every row a code', () => {
  expect([...codesOf(used), ...codesOf(reserved)].sort()).toEqual([...CODES].sort());
});

test('every code with causes is reported somewhere, and no reserved one is', () => {
  const source = sourceText();
  const reported = CODES.filter((code) => source.includes(`'${code}'`) || thrownByClass(source, code));
  expect(codesOf(used).sort()).toEqual([...reported].sort());
});

test('every row says what causes it', () => {
  const silent = rowsOf(used).filter(([code, causes]) => code?.startsWith('`') && (causes ?? '') === '');
  expect(silent).toEqual([]);
});

function codesOf(text: string): string[] {
  return rowsOf(text).flatMap(([cell = '']) => /^`([A-Z_]+)`$/.exec(cell)?.[1] ?? []);
}

function thrownByClass(source: string, code: string): boolean {
  return Object.entries(OWN_CODE).some(([name, own]) => own === code && source.includes(`new ${name}(`));
}

/** What the code says outside src/errors.ts. */
function sourceText(): string {
  return ['src', 'servers']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((f) => join(folder, f)),
    )
    .filter(
      (file) =>
        file.endsWith('.ts') &&
        file !== join('src', 'errors.ts') &&
        !FILE_SYSTEMS.some((folder) => file.startsWith(join('servers', folder))),
    )
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n');
}

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Scratch } from '../support/scratch.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const OPTIONS = [
  ...['--ignoreConfig', '--skipLibCheck', '--rewriteRelativeImportExtensions', '--module', 'nodenext'],
  ...['--target', 'es2023', '--lib', 'es2023,esnext.disposable', '--types', 'node'],
];

const PROGRAMS = ['pager', 'kernel', 'locker'] as const;

/** The programs of `fixtures/`, built far away from the package: whatever they need, it is not from there. */
export function build(scratch: Scratch): Record<(typeof PROGRAMS)[number], string> {
  const sources = PROGRAMS.map((name) => `${HERE}fixtures/${name}.ts`);
  execFileSync(process.execPath, [TSC, ...OPTIONS, '--rootDir', HERE, '--outDir', scratch.path, ...sources], {
    cwd: HERE,
    stdio: 'inherit',
  });
  writeFileSync(scratch.join('package.json'), '{ "type": "module" }');
  const at = (name: string): string => scratch.join(`fixtures/${name}.js`);
  return { pager: at('pager'), kernel: at('kernel'), locker: at('locker') };
}

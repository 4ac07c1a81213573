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

/** The programs of `fixtures/`, built far away from the package: whatever they need, it is not from there. */
export function build(scratch: Scratch): { pager: string; kernel: string } {
  const sources = ['pager', 'kernel'].map((name) => `${HERE}fixtures/${name}.ts`);
  execFileSync(process.execPath, [TSC, ...OPTIONS, '--rootDir', HERE, '--outDir', scratch.path, ...sources], {
    cwd: HERE,
    stdio: 'inherit',
  });
  writeFileSync(scratch.join('package.json'), '{ "type": "module" }');
  return { pager: scratch.join('fixtures/pager.js'), kernel: scratch.join('fixtures/kernel.js') };
}

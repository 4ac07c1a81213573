// Builds dist/: the declarations with the compiler, which checks first; what runs with a bundler. A process of easync loads two
// or three hundred modules, and to find and read that many files takes longer than all the rest of its start.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What others import or start by its path: package.json names some, src/boot/entries.ts some. Everything else is in chunks. */
const ENTRIES = [
  ...['index', 'testing/index', 'pager/index', 'sync/index', 'cli/main', 'host/lifeline', 'testing/companion'].map(
    inSrc,
  ),
  ...modulesOf('src/main'),
  ...['tour/futex/pager', 'tour/futex/worker'].map(inSrc),
  ...readdirSync(`${ROOT}/servers`).map((server) => `servers/${server}/index`),
  // Programs of test/ and scripts/ take these by themselves.
  ...['driver/index', 'host/inherited', 'host/real', 'host/seeded-random', 'task/xp-port', 'vm/layout'].map(inSrc),
  ...modulesOf('src/os'),
  ...['kernel/types', 'limits', 'lock/index'].map(inSrc),
  ...['body-bytes', 'body-patch', 'field-types', 'header', 'index'].map((name) => `src/wire/${name}`),
  ...['direct', 'read-tree', 'served', 'tree'].map((name) => `src/tour/${name}`),
];

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});
const bundle = await rolldown({
  cwd: ROOT,
  input: Object.fromEntries(ENTRIES.map((entry) => [entry, `${entry}.ts`])),
  platform: 'node',
  // Packages stay outside, and so does easync where a server imports it: its classes are there once. What the bundler itself
  // puts in for `using` comes from no package.
  external: (id) => !/^([./]|@oxc-project\/runtime)/.test(id),
  treeshake: false,
  transform: { target: 'es2023' },
});
await bundle.write({
  dir: 'dist',
  // As deep as the modules in them were, for what those start has its path from theirs (src/boot/entries.ts).
  chunkFileNames: 'src/chunks/[name].js',
  sourcemap: true,
});
await bundle.close();

function inSrc(path) {
  return `src/${path}`;
}

function modulesOf(folder) {
  return readdirSync(`${ROOT}/${folder}`, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => `${folder}/${basename(name, '.ts')}`);
}

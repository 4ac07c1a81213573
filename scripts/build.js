// Builds dist/: the declarations with the compiler, which checks first; what runs with a bundler. A process of easync loads two
// or three hundred modules, and to find and read that many files takes longer than all the rest of its start.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What others import or start by its path: package.json names some, src/boot/entries.ts some. Everything else is in chunks. */
const ENTRIES = new Set([
  ...['index', 'testing/index', 'pager/index', 'sync/index', 'cli/main', 'host/lifeline', 'testing/companion'].map(
    inSrc,
  ),
  ...['tour/futex/pager', 'tour/futex/worker'].map(inSrc),
  ...filesOf('src/main').map((file) => file.replace(/\.ts$/, '')),
  ...readdirSync(`${ROOT}/servers`).map((server) => `servers/${server}/index`),
  // What programs of ours take from dist by itself.
  ...['bench', 'scripts', 'test'].flatMap(filesOf).flatMap(takenBy),
]);

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});
const bundle = await rolldown({
  cwd: ROOT,
  input: Object.fromEntries([...ENTRIES].map((entry) => [entry, `${entry}.ts`])),
  platform: 'node',
  // Packages stay outside, and so does easync where a server imports it: its classes are there once. What the bundler itself
  // puts in for `using` comes from no package.
  external: (id) => !/^([./]|@oxc-project\/runtime)/.test(id),
  treeshake: false,
  transform: { target: 'es2023' },
  // The bundler makes variables of classes. The engine knows a constant's value while it compiles: locks in place cost a tenth less.
  plugins: [
    {
      name: 'constant classes',
      // No line moves: the map stays as it is.
      renderChunk: (code) => ({ code: code.replaceAll(/^var (\w+ = class\b)/gm, 'const $1'), map: null }),
    },
  ],
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

function filesOf(folder) {
  return readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]s$/.test(name) && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`);
}

/** The modules that a file names as they are called in dist, if they are any of ours. */
function takenBy(file) {
  const names = readFileSync(`${ROOT}/${file}`, 'utf8').matchAll(/\/dist\/((src|servers)\/[\w/-]+)\.js\b/g);
  return [...names].map(([, name]) => name).filter((name) => existsSync(`${ROOT}/${name}.ts`));
}

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BENCH = fileURLToPath(new URL('..', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Installs the peers and builds easync, where that has not been done. Nothing here may import either before. */
export function prepare() {
  const { dependencies } = JSON.parse(readFileSync(`${BENCH}/package.json`, 'utf8'));
  const isThere = Object.keys(dependencies).every((name) => existsSync(`${BENCH}/node_modules/${name}`));
  if (!isThere) npm(BENCH, 'ci', '--no-audit', '--no-fund');
  build();
}

/** Of the two the one that easync itself takes. */
export function build() {
  if (!existsSync(`${ROOT}/dist/src/index.js`)) npm(ROOT, 'run', 'build');
}

/**
 * @param {string} cwd
 * @param {...string} args
 */
function npm(cwd, ...args) {
  // Its output is not part of the tables.
  execFileSync('npm', args, { cwd, stdio: ['ignore', process.stderr, process.stderr] });
}

import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { page, ROOT, rowsOf } from './markdown.ts';

// The table of folders in docs/architecture.md is what lint enforces: every import that a folder could try is tried, in a
// tree of probe files beside a copy of the rules.

type Layer = { folder: string; from: string[]; packages: string[] };

const LAYERS: readonly Layer[] = rowsOf(page('docs/architecture.md'))
  .filter((cells) => cells.length === 4 && cells[0]?.startsWith('`src/'))
  .map(([folder = '', , from = '', packages = '']) => ({
    folder: folder.slice('`src/'.length, -1),
    from: list(from),
    packages: list(packages),
  }));

const PACKAGES = [
  'node:fs',
  'node:net',
  'node:worker_threads',
  'node:buffer',
  'koffi',
  'msgpackr',
  'execa',
  'easync',
  '@standard-schema/spec',
  'node:async_hooks',
];
const BODIES = ['body.ts', 'body-bytes.ts', 'error-body.ts'];
const GLOBALS = {
  'setTimeout(u, 1)': 'timers',
  'setInterval(u, 1)': 'timers',
  'setImmediate(u)': 'timers',
  'performance.now()': 'timers',
  'Math.random()': 'timers',
  'crypto.randomUUID()': 'timers',
  'Date.now()': 'clock',
  'queueMicrotask(u)': 'loop',
  'Promise.resolve(1)': 'loop',
  'process.pid': 'loop',
} as const;
/** Who must do without which globals. */
const BANNED: Readonly<Record<string, readonly string[]>> = {
  wire: ['timers'],
  kernel: ['timers', 'clock', 'loop'],
  lock: ['timers', 'clock', 'loop'],
  lockmgr: ['timers', 'clock', 'loop'],
  sleep: ['timers', 'clock', 'loop'],
  vm: ['timers', 'clock', 'loop'],
  ...Object.fromEntries(
    ['link', 'msgport', 'task', 'driver', 'pager', 'sync', 'broker', 'boot'].map((f) => [f, ['timers', 'clock']]),
  ),
};
/** One of the folders inside, where there are any. */
const INNER: Readonly<Record<string, string>> = {
  kernel: 'calls',
  vm: 'receive',
  task: 'rights',
  sync: 'shared-lockmgr',
  broker: 'memory',
};

const directory = mkdtempSync(join(tmpdir(), 'easync-layers-'));
const probes = new Map<string, boolean>();
let refused: ReadonlySet<string>;

beforeAll(async () => {
  copyFileSync(join(ROOT, '.oxlintrc.json'), join(directory, '.oxlintrc.json'));
  for (const layer of LAYERS) probeLayer(layer);
  for (const [outside, path] of Object.entries({
    servers: 'servers/mine/index.ts',
    examples: 'examples/mine/main.js',
  })) {
    probe(path, `import '../../src/${outside}.ts';`, false);
    probe(path.replace('mine', 'built'), `import '../../dist/src/index.js';`, false);
    probe(path.replace('mine', 'good'), `import 'easync';`, true);
  }
  refused = await lint();
});

afterAll(() => rmSync(directory, { recursive: true }));

test('the table names every folder, and only folders that are there', () => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(LAYERS.map(({ folder }) => folder).sort()).toEqual(folders.map(({ name }) => name).sort());
});

test.each(LAYERS.map(({ folder }) => folder))('src/%s imports what its row says, and nothing else', (folder) => {
  expect(outcome(`src/${folder}/`)).toEqual(expected(`src/${folder}/`));
});

test('servers and examples use the public API alone', () => {
  expect(outcome('servers/')).toEqual(expected('servers/'));
  expect(outcome('examples/')).toEqual(expected('examples/'));
});

function probeLayer({ folder, from, packages }: Layer): void {
  const at = (name: string): string => `src/${folder}/${name}.ts`;
  const others = LAYERS.map((layer) => layer.folder).filter((other) => other !== folder);
  for (const other of others) probe(at(`to-${other}`), `import '../${other}/index.ts';`, from.includes(other));
  for (const name of PACKAGES) {
    const allowed = packages.includes(name) || (packages.includes('node') && name.startsWith('node:'));
    probe(at(`package-${name.replace(/\W+/g, '-')}`), `import '${name}';`, allowed);
  }
  for (const body of BODIES) {
    const allowed = from.includes('wire') && folder !== 'broker';
    probe(at(`wire-${body}`), `import '../wire/${body}';`, allowed);
  }
  for (const [call, kind] of Object.entries(GLOBALS)) {
    const allowed = !(BANNED[folder]?.includes(kind) ?? false);
    probe(at(`global-${call.replace(/\W+/g, '-')}`), `export const u: unknown = ${call};`, allowed);
  }
  probe(at('to-errors'), `import '../errors.ts';`, folder !== 'tour');
  probe(at('to-itself'), `import './other.ts';`, true);
  probe(at('to-index'), `import '../index.ts';`, false);
  probe(at('to-server'), `import '../../servers/vfs/index.ts';`, false);
  for (const [form, code] of Object.entries({
    type: `import type { X } from '../cli/x.ts';\nexport type Y = X;`,
    again: `export { x } from '../cli/x.ts';`,
    dynamic: `export const x = await import('../cli/x.ts');`,
    deep: `import '../cli/deep/x.ts';`,
  })) {
    if (folder !== 'cli') probe(at(`form-${form}`), code, false);
  }
  const inner = INNER[folder];
  if (inner === undefined) return;
  probe(at(`${inner}/own`), `import '../port.ts';\nimport '../../errors.ts';`, true);
  for (const other of others) {
    const allowed = folder !== 'kernel' && from.includes(other);
    probe(at(`${inner}/to-${other}`), `import '../../${other}/index.ts';`, allowed);
  }
}

function probe(path: string, code: string, allowed: boolean): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${code}\nexport {};\n`);
  probes.set(path, allowed);
}

function lint(): Promise<ReadonlySet<string>> {
  const oxlint = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const args = [oxlint, '--format', 'json', 'src', 'servers', 'examples'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: directory, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (stdout === '') return reject(error ?? new Error(stderr));
      const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
      const layering = diagnostics.filter(({ code }) => code.includes('no-restricted-'));
      return resolve(new Set(layering.map(({ filename }) => filename)));
    });
  });
}

function outcome(prefix: string): string[] {
  return [...probes.keys()].filter((path) => path.startsWith(prefix) && refused.has(path)).sort();
}

function expected(prefix: string): string[] {
  return [...probes]
    .filter(([path, allowed]) => path.startsWith(prefix) && !allowed)
    .map(([path]) => path)
    .sort();
}

function list(cell: string): string[] {
  return cell === 'nothing' ? [] : cell.split(', ');
}

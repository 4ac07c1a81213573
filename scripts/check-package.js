// @ts-check
// Checks the package as a user gets it: packs it, installs the tarball in an empty folder, and there runs the first block of the
// README, and type-checks and runs the first one in TypeScript. What they print has to be what the README says, but for the numbers.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMPILER = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** What runs a block of each language in the folder `user`, and answers what it prints. */
const RUN = { js: runAsItIs, ts: compileAndRun };

const directory = mkdtempSync(join(tmpdir(), 'easync-package-'));
try {
  const user = join(directory, 'user');
  mkdirSync(user);
  install(user, pack());
  for (const language of /** @type {const} */ (['js', 'ts'])) {
    const { program, prints } = firstBlock(readFileSync(join(ROOT, 'README.md'), 'utf8'), language);
    const output = RUN[language](user, program);
    if (withoutNumbers(output) !== withoutNumbers(prints)) {
      throw new Error(`the README's first \`${language}\` block prints\n${output}instead of\n${prints}`);
    }
    process.stdout.write(`package: the README's first \`${language}\` block runs from the tarball: ${output}`);
  }
} finally {
  rmSync(directory, { recursive: true });
}

/** Answers the path of the tarball. */
function pack() {
  run('npm', ['pack', '--silent', '--pack-destination', directory], ROOT);
  const tarball = readdirSync(directory).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack made no tarball');
  return join(directory, tarball);
}

/**
 * @param {string} user an empty folder
 * @param {string} tarball
 */
function install(user, tarball) {
  writeFileSync(join(user, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  run('npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', tarball], user);
}

/**
 * @param {string} user
 * @param {string} program
 */
function runAsItIs(user, program) {
  writeFileSync(join(user, 'main.mjs'), program);
  return run(process.execPath, ['main.mjs'], user);
}

/**
 * @param {string} user
 * @param {string} program
 */
function compileAndRun(user, program) {
  writeFileSync(join(user, 'main.ts'), program);
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  };
  writeFileSync(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  run(process.execPath, [COMPILER, '-p', '.'], user);
  return run(process.execPath, ['main.js'], user);
}

/**
 * @param {string} readme
 * @param {string} language
 */
function firstBlock(readme, language) {
  const block = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`\\n\\n^\`\`\`text\\n([^]*?)^\`\`\`$`, 'm');
  const [, program, prints] = block.exec(readme) ?? [];
  if (program === undefined || prints === undefined) {
    throw new Error(`README.md has no \`${language}\` block that a \`text\` block follows`);
  }
  return { program, prints };
}

/** @param {string} text */
function withoutNumbers(text) {
  return text.replaceAll(/\d+/g, 'N');
}

/**
 * Runs a program to its end and answers what it printed. Its complaints go through.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (error) {
    // A compiler tells what is wrong on its standard output.
    if (error instanceof Error && 'stdout' in error) process.stderr.write(String(error.stdout));
    throw error;
  }
}

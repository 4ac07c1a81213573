import { closeSync, constants, mkdirSync, openSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { resolve, type Found } from '../../../servers/vfs/resolve.ts';
import { native } from '../../../src/os/native.ts';
import { ScratchDirectory } from '../hostfs/scratch-directory.ts';
import { openInRoot } from './open-in-root.ts';

/** Text is a link's target, an object a directory, true a file. */
type Tree = { [name: string]: Tree | string | true };

const buffers = (path: string): Buffer[] => (path === '' ? [] : path.split('/').map((name) => Buffer.from(name)));

/** Looks names up in a tree, one at a time; what is looked up through a link is a mistake of `resolve`. */
function lookupIn(tree: Tree): (names: readonly Buffer[]) => Found {
  return (names) => {
    let at: Tree | string | true | undefined = tree;
    for (const name of names) {
      if (typeof at !== 'object') throw new Error('looked up below what is no directory');
      at = Object.hasOwn(at, name.toString()) ? at[name.toString()] : undefined;
    }
    if (typeof at === 'string') return { link: Buffer.from(at) };
    if (at === undefined) return 'missing';
    return at === true ? 'other' : 'directory';
  };
}

function resolved(tree: Tree, path: string, follow = true): string {
  return resolve(buffers(path), lookupIn(tree), follow).join('/');
}

const withCode = (code: string): Error => expect.objectContaining({ code });

const tree: Tree = {
  file: true,
  dir: { x: true, up: '..', deep: { toRoot: '../..', above: '../../../../../dir', self: '.' } },
  alias: 'dir',
  chain: 'alias',
  absolute: '/dir/deep',
  root: '/',
  slashes: '///dir//./deep/',
  throughAlias: 'alias/../file',
  aboveRoot: '../../../etc',
  dangling: 'dir/none',
  danglingFar: 'none/x',
  loop: 'loop2',
  loop2: 'loop',
  fileSlash: 'file/',
  newSlash: 'none/',
  empty: '',
};

test.each([
  ['', ''],
  ['file', 'file'],
  ['none', 'none'],
  ['dir/x', 'dir/x'],
  ['alias/x', 'dir/x'],
  ['chain/x', 'dir/x'],
  ['chain', 'dir'],
  ['absolute', 'dir/deep'],
  ['absolute/toRoot/file', 'file'],
  ['root', ''],
  ['root/root/root', ''],
  ['slashes/self/self', 'dir/deep'],
  ['throughAlias', 'file'],
  ['dir/up/dir/up', ''],
  ['dir/deep/above/x', 'dir/x'],
  ['aboveRoot', 'etc'],
  ['dangling', 'dir/none'],
])('%j leads to %j', (path, to) => {
  expect(resolved(tree, path)).toBe(to);
});

test.each([
  ['alias', 'alias'],
  ['chain/deep/toRoot', 'dir/deep/toRoot'],
  ['loop', 'loop'],
  ['dir', 'dir'],
])('%j is %j if a link in the last place is not followed', (path, to) => {
  expect(resolved(tree, path, false)).toBe(to);
});

test.each([
  ['none/x', 'ENOENT'],
  ['file/x', 'ENOTDIR'],
  ['dangling/x', 'ENOENT'],
  ['danglingFar', 'ENOENT'],
  ['aboveRoot/passwd', 'ENOENT'],
  ['loop', 'ELOOP'],
  ['loop/x', 'ELOOP'],
  ['fileSlash', 'ENOTDIR'],
  ['newSlash', 'ENOENT'],
  ['empty', 'ENOENT'],
])('%j is refused with %s', (path, code) => {
  expect(() => resolved(tree, path)).toThrow(withCode(code));
});

test('forty links are followed, one more is ELOOP', () => {
  const links: Tree = { end: true };
  for (let i = 1; i <= 41; i++) links[`l${i}`] = i === 1 ? 'end' : `l${i - 1}`;
  expect(resolved(links, 'l40')).toBe('end');
  expect(() => resolved(links, 'l41')).toThrow(withCode('ELOOP'));
});

test('names that are not UTF-8 are kept, in targets too', () => {
  const odd = Buffer.of(0xff, 0x2e);
  const lookup = (names: readonly Buffer[]): Found =>
    names.at(-1)?.equals(Buffer.from('link')) === true
      ? { link: Buffer.concat([odd, Buffer.from('/'), odd]) }
      : 'directory';
  expect(resolve(buffers('link'), lookup, true)).toEqual([odd, odd]);
});

/** Few names, so that targets lead somewhere; what each is is drawn for every directory anew. */
const NAMES = ['a', 'b', 'c'];
const part = fc.oneof({ arbitrary: fc.constantFrom(...NAMES), weight: 5 }, fc.constantFrom('..', '.', ''));
const target = fc
  .array(part, { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('/'))
  .filter((text) => text !== '');
const trees = fc.letrec<{ directory: Tree; node: Tree | string | true }>((tie) => ({
  directory: fc.dictionary(fc.constantFrom(...NAMES), tie('node'), { maxKeys: 3 }) as fc.Arbitrary<Tree>,
  node: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'tree' },
    { arbitrary: target, weight: 4 },
    { arbitrary: fc.constant<true>(true), weight: 1 },
    { arbitrary: tie('directory'), weight: 4 },
  ),
})).directory;
const path = fc.array(fc.constantFrom(...NAMES), { maxLength: 5 }).map((parts) => parts.join('/'));

test('in any tree, every path leads where the kernel finds it in a root of its own, or is refused alike', ({
  skip,
}) => {
  if (process.platform !== 'linux' || native().koffi === undefined) return skip('needs Linux and koffi');
  if (!canOpenInRoot()) return skip('needs openat2(2)');
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(trees, fc.array(path, { minLength: 5, maxLength: 5 }), (drawn, paths) => {
      using scratch = new ScratchDirectory();
      plant(drawn, scratch.path);
      const root = openSync(scratch.path, constants.O_DIRECTORY);
      try {
        for (const each of paths) {
          for (const follow of [true, false]) {
            const expected = kernelFinds(root, scratch.path, each, follow);
            expect(ourAnswer(drawn, each, follow), `${each} follow ${follow}`).toBe(expected);
            const kind = expected.startsWith('E') ? expected : 'found';
            seen.set(kind, (seen.get(kind) ?? 0) + 1);
          }
        }
      } finally {
        closeSync(root);
      }
    }),
    { numRuns: 500 },
  );
  for (const kind of ['found', 'ENOENT', 'ENOTDIR', 'ELOOP']) {
    expect(seen.get(kind) ?? 0, `${kind} was drawn`).toBeGreaterThan(20);
  }
});

/** Old kernels do not have it, and some containers forbid it. */
function canOpenInRoot(): boolean {
  const root = openSync('/', constants.O_DIRECTORY);
  const found = openInRoot(root, '', true);
  closeSync(root);
  if (typeof found === 'number') closeSync(found);
  return typeof found === 'number';
}

function plant(node: Tree, at: string): void {
  for (const [name, child] of Object.entries(node)) {
    const childPath = `${at}/${name}`;
    if (child === true) writeFileSync(childPath, '');
    else if (typeof child === 'string') symlinkSync(child, childPath);
    else {
      mkdirSync(childPath);
      plant(child, childPath);
    }
  }
}

function ourAnswer(drawn: Tree, each: string, follow: boolean): string {
  try {
    const names = resolve(buffers(each), lookupIn(drawn), follow);
    return lookupIn(drawn)(names) === 'missing' ? 'ENOENT' : `/${names.join('/')}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

function kernelFinds(root: number, rootPath: string, each: string, follow: boolean): string {
  const found = openInRoot(root, each, follow);
  if (typeof found === 'string') return found;
  try {
    return `/${readlinkSync(`/proc/self/fd/${found}`).slice(rootPath.length + 1)}`;
  } finally {
    closeSync(found);
  }
}

import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { openFlags } from '../../../servers/hostfs/open-flags.ts';
import type { Sandbox } from '../../../servers/hostfs/sandbox.ts';
import { type OpenHow, systemError, systemErrorCode } from '../../../servers/vfs/index.ts';
import { KINDS, names, openDescriptors } from './sandboxes.ts';
import { ScratchDirectory } from './scratch-directory.ts';
import { treeOf } from './tree.ts';

/** One step: what the sandbox does, and what the host does with the path written out. Each answers something to compare. */
type Step = { text: string; ours: (sandbox: Sandbox) => unknown; hosts: (root: string) => unknown };

const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
/** None with `..`: the host alone would leave its copy by them. `test/servers/vfs/resolve.test.ts` has those. */
const target = fc
  .array(fc.constantFrom('a', 'b', 'c', '.', ''), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/').replace(/^\/+|\/+$/g, ''))
  .filter((text) => text !== '');
const mode = fc.constantFrom(0o700, 0o755, 0o4711);
const follow = fc.boolean();
const how: fc.Arbitrary<OpenHow> = fc.record({
  access: fc.constantFrom('write', 'both'),
  append: fc.boolean(),
  create: fc.boolean(),
  exclusive: fc.boolean(),
  truncate: fc.boolean(),
  mode,
  follow,
});

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(path, how, fc.constantFrom('one', 'second')).map(([at, given, text]) => ({
    text: `open ${at} ${JSON.stringify(given)}`,
    ours: (sandbox: Sandbox) => written(sandbox.open(names(at), given).fd, text),
    hosts: (root: string) => written(hostOpen(`${root}/${at}`, given), text),
  })),
  fc.tuple(path, mode).map(([at, bits]) => ({
    text: `mkdir ${at}`,
    ours: (sandbox: Sandbox) => sandbox.mkdir(names(at), bits),
    hosts: (root: string) => mkdirSync(`${root}/${at}`, bits),
  })),
  path.map((at) => ({
    text: `rmdir ${at}`,
    ours: (sandbox: Sandbox) => sandbox.rmdir(names(at)),
    hosts: (root: string) => rmdirSync(`${root}/${at}`),
  })),
  path.map((at) => ({
    text: `unlink ${at}`,
    ours: (sandbox: Sandbox) => sandbox.unlink(names(at)),
    hosts: (root: string) => unlinkSync(`${root}/${at}`),
  })),
  fc.tuple(path, path).map(([from, to]) => ({
    text: `rename ${from} ${to}`,
    ours: (sandbox: Sandbox) => sandbox.rename(names(from), names(to)),
    hosts: (root: string) => renameSync(`${root}/${from}`, `${root}/${to}`),
  })),
  fc.tuple(target, path).map(([to, at]) => ({
    text: `symlink ${to} ${at}`,
    ours: (sandbox: Sandbox) => sandbox.symlink(Buffer.from(to), names(at)),
    hosts: (root: string) => symlinkSync(to, `${root}/${at}`),
  })),
  fc.tuple(path, mode).map(([at, bits]) => ({
    text: `chmod ${at}`,
    ours: (sandbox: Sandbox) => sandbox.chmod(names(at), bits),
    hosts: (root: string) => chmodSync(`${root}/${at}`, bits),
  })),
  fc.tuple(path, follow, fc.constantFrom(1000, -1500)).map(([at, isFollowed, ms]) => ({
    text: `utimes ${at} ${isFollowed}`,
    ours: (sandbox: Sandbox) => sandbox.utimes(names(at), { atimeMs: ms, mtimeMs: ms }, isFollowed),
    hosts: (root: string) => (isFollowed ? utimesSync : lutimesSync)(`${root}/${at}`, new Date(ms), new Date(ms)),
  })),
  fc.tuple(path, follow).map(([at, isFollowed]) => ({
    text: `readdir ${at} ${isFollowed}`,
    ours: (sandbox: Sandbox) =>
      sandbox
        .list(names(at), isFollowed)
        .map((entry) => entry.name.toString())
        .sort(),
    hosts: (root: string) => hostList(`${root}/${at}`, isFollowed).sort(),
  })),
  fc.tuple(path, follow).map(([at, isFollowed]) => ({
    text: `stat ${at} ${isFollowed}`,
    ours: (sandbox: Sandbox) => sandbox.stat(names(at), isFollowed).mode,
    hosts: (root: string) => (isFollowed ? statSync : lstatSync)(`${root}/${at}`).mode,
  })),
  path.map((at) => ({
    text: `readlink ${at}`,
    ours: (sandbox: Sandbox) => sandbox.readlink(names(at)).toString(),
    hosts: (root: string) => readlinkSync(`${root}/${at}`),
  })),
  path.map((at) => ({
    text: `realpath ${at}`,
    ours: (sandbox: Sandbox) => ['', ...sandbox.realpath(names(at))].join('/'),
    hosts: (root: string) => realpathSync.native(`${root}/${at}`).slice(root.length),
  })),
);

for (const { kind, make, skip } of KINDS) {
  test.skipIf(skip)(`${kind}: whatever is done to a tree, the outcome is the host's, and no descriptor is left`, () => {
    const done = new Set<string>();
    const codes = new Set<string>();
    const before = openDescriptors();
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
        using ours = new ScratchDirectory();
        using hosts = new ScratchDirectory();
        const sandbox = make(ours.path);
        try {
          plant(ours);
          plant(hosts);
          for (const { text, ours: act, hosts: actOnHost } of steps) {
            const routine = text.slice(0, text.indexOf(' '));
            const expected = outcome(() => actOnHost(hosts.path));
            expect(
              outcome(() => act(sandbox)),
              text,
            ).toEqual(expected);
            if ('code' in expected) codes.add(expected.code);
            else done.add(routine);
          }
          expect(treeOf(ours.path)).toEqual(treeOf(hosts.path));
        } finally {
          sandbox.close();
        }
        expect(openDescriptors()).toBe(before);
      }),
      { numRuns: 100 },
    );
    for (const routine of ROUTINES) expect(done, `${routine} has succeeded`).toContain(routine);
    for (const code of CODES) expect(codes, `${code} has come`).toContain(code);
  });
}

const ROUTINES = [
  'open',
  'mkdir',
  'rmdir',
  'unlink',
  'rename',
  'symlink',
  'chmod',
  'utimes',
  'readdir',
  'stat',
  'readlink',
];
const CODES = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ELOOP', 'ENOTEMPTY', 'EINVAL'];

/** Something to begin with, else most of what is tried fails. */
function plant(root: ScratchDirectory): void {
  root.write('a/b/c', 'old');
  root.write('a/c', 'older');
  mkdirSync(root.at('a/a'));
  symlinkSync('a', root.at('b'));
  symlinkSync('b/c', root.at('c'));
}

function outcome(act: () => unknown): { value: unknown } | { code: string } {
  try {
    return { value: act() };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return { code };
  }
}

/** Writes where the descriptor stands or appends, and closes it. */
function written(fd: number, text: string): number {
  try {
    writeSync(fd, text);
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

function hostOpen(at: string, given: OpenHow): number {
  const { create = false, exclusive = false, truncate = false, follow: isFollowed = false } = given;
  const flags = [
    openFlags(given),
    create ? constants.O_CREAT : 0,
    create && exclusive ? constants.O_EXCL : 0,
    truncate ? constants.O_TRUNC : 0,
    isFollowed ? 0 : constants.O_NOFOLLOW,
  ];
  return openSync(
    at,
    flags.reduce((all, flag) => all | flag, 0),
    given.mode,
  );
}

/** readdir(3) follows; what opens the directory need not. */
function hostList(at: string, isFollowed: boolean): string[] {
  if (!isFollowed && lstatSync(at).isSymbolicLink()) throw systemError('ENOTDIR');
  return readdirSync(at);
}

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';

import type { Sandbox } from '../../../servers/hostfs/sandbox.ts';
import type { OpenHow } from '../../../servers/vfs/index.ts';
import { KINDS, names, withCode } from './sandboxes.ts';
import { ScratchDirectory } from './scratch-directory.ts';
import { treeOf } from './tree.ts';

/** Stands for the root in targets that would lead out. */
const UP = '../../../../../../../../../..';

const TIMES = { atimeMs: 0, mtimeMs: 0 };
const MAKE: OpenHow = { access: 'both', create: true, truncate: true, follow: true };

/** Everything that a link at `at` could be used for, were it to lead out: to a directory with `x` and an empty `d` in it, or to a file. */
const ATTEMPTS: readonly ((sandbox: Sandbox, at: string) => unknown)[] = [
  (sandbox, at) => closeSync(sandbox.open(names(at), MAKE).fd),
  (sandbox, at) => closeSync(sandbox.open(names(at), { access: 'write', truncate: true, follow: true }).fd),
  (sandbox, at) => closeSync(sandbox.open(names(`${at}/x`), MAKE).fd),
  (sandbox, at) => closeSync(sandbox.open(names(`${at}/new`), MAKE).fd),
  (sandbox, at) => closeSync(sandbox.open(names(`${at}/new`), { ...MAKE, exclusive: true }).fd),
  (sandbox, at) => sandbox.mkdir(names(`${at}/new`), 0o777),
  (sandbox, at) => sandbox.rmdir(names(`${at}/d`)),
  (sandbox, at) => sandbox.unlink(names(`${at}/x`)),
  (sandbox, at) => sandbox.rename(names(`${at}/x`), names('mine')),
  (sandbox, at) => sandbox.rename(names('bait'), names(`${at}/x`)),
  (sandbox, at) => sandbox.rename(names('bait'), names(`${at}/new`)),
  (sandbox, at) => sandbox.symlink(Buffer.from('x'), names(`${at}/new`)),
  (sandbox, at) => sandbox.chmod(names(at), 0o777),
  (sandbox, at) => sandbox.chmod(names(`${at}/x`), 0o777),
  (sandbox, at) => sandbox.utimes(names(at), TIMES, true),
  (sandbox, at) => sandbox.utimes(names(`${at}/x`), TIMES),
];

for (const { kind, make, skip } of KINDS) {
  const hostile = (name: string, body: (root: ScratchDirectory, sandbox: Sandbox, outside: ScratchDirectory) => void) =>
    test.skipIf(skip)(`${kind}: ${name}`, () => {
      using root = new ScratchDirectory();
      using outside = new ScratchDirectory();
      outside.write('x', 'SECRET');
      mkdirSync(outside.at('d'));
      const before = treeOf(outside.path);
      const sandbox = make(root.path);
      try {
        body(root, sandbox, outside);
      } finally {
        sandbox.close();
      }
      expect(treeOf(outside.path), 'nothing outside has changed').toEqual(before);
    });

  hostile('links to the outside lead nowhere, for every routine', (root, sandbox, outside) => {
    root.write('bait', 'bait');
    mkdirSync(root.at('sub'));
    const targets = [outside.path, `${UP}${outside.path}`, `sub/..${UP}${outside.path}`, `/${UP}/${outside.path}`];
    for (const [index, target] of targets.entries()) {
      symlinkSync(target, root.at(`link${index}`));
      symlinkSync(`${target}/x`, root.at(`sub/file${index}`));
      for (const attempt of ATTEMPTS) {
        expect(() => attempt(sandbox, `link${index}`)).toThrow(withCode('ENOENT'));
        expect(() => attempt(sandbox, `sub/file${index}`)).toThrow(withCode('ENOENT'));
      }
    }
    expect(namesInRoot(sandbox)).toEqual(['bait', 'link0', 'link1', 'link2', 'link3', 'sub']);
  });

  hostile('links that clients made are no better', (root, sandbox, outside) => {
    sandbox.symlink(Buffer.from(outside.path), names('out'));
    sandbox.symlink(Buffer.from(`${UP}${outside.path}`), names('up'));
    root.write('bait', 'bait');
    for (const at of ['out', 'up']) {
      for (const attempt of ATTEMPTS) expect(() => attempt(sandbox, at)).toThrow(withCode('ENOENT'));
    }
    expect(sandbox.readlink(names('out')).toString()).toBe(outside.path);
  });

  hostile('such links lead to what has their path within, if there is something', (root, sandbox, outside) => {
    symlinkSync(outside.path, root.at('out'));
    root.write(`${outside.path.slice(1)}/x`, 'within');
    closeSync(sandbox.open(names('out/new'), { access: 'write', create: true }).fd);
    sandbox.unlink(names('out/x'));
    expect(treeOf(root.at(outside.path.slice(1))).map((line) => line.split(' ')[0])).toEqual(['new']);
  });

  hostile('`..` in the targets of links ends at the root', (root, sandbox) => {
    root.write('x', 'top');
    symlinkSync(UP, root.at('top'));
    mkdirSync(root.at('sub'));
    symlinkSync(`${UP}/new`, root.at('sub/dangling'));
    sandbox.unlink(names('top/x'));
    sandbox.mkdir(names('top/made'), 0o777);
    closeSync(sandbox.open(names('sub/dangling'), MAKE).fd);
    expect(namesInRoot(sandbox)).toEqual(['made', 'new', 'sub', 'top']);
  });

  hostile(
    'a link that leads nowhere: what it leads to is made, within, unless nothing is to be followed',
    (root, sandbox) => {
      mkdirSync(root.at('sub'));
      symlinkSync('/sub/made', root.at('link'));
      symlinkSync('link', root.at('chain'));
      expect(() => sandbox.open(names('chain'), { ...MAKE, exclusive: true })).toThrow(withCode('EEXIST'));
      expect(() => sandbox.open(names('chain'), { ...MAKE, follow: false })).toThrow(withCode('ELOOP'));
      expect(() => sandbox.mkdir(names('chain'), 0o777)).toThrow(withCode('EEXIST'));
      expect(sandbox.list(names('sub'))).toEqual([]);
      closeSync(sandbox.open(names('chain'), MAKE).fd);
      expect(sandbox.stat(names('sub/made')).isFile()).toBe(true);
      expect(sandbox.stat(names('chain')).isSymbolicLink()).toBe(true);
    },
  );

  hostile('loops of links are refused, by every routine', (root, sandbox) => {
    symlinkSync('loop2/x', root.at('loop'));
    symlinkSync('loop', root.at('loop2'));
    root.write('bait', 'bait');
    for (const attempt of ATTEMPTS) expect(() => attempt(sandbox, 'loop')).toThrow(withCode('ELOOP'));
  });

  hostile('no FIFO is opened, be it to write, to make or to cut', (root, sandbox) => {
    execFileSync('mkfifo', [root.at('fifo')]);
    symlinkSync('fifo', root.at('link'));
    for (const access of ['read', 'write', 'both'] as const) {
      expect(() => sandbox.open(names('fifo'), { access })).toThrow(withCode('EOPNOTSUPP'));
      expect(() => sandbox.open(names('link'), { access, create: true, follow: true })).toThrow(withCode('EOPNOTSUPP'));
    }
    expect(() => sandbox.open(names('fifo'), MAKE)).toThrow(withCode('EOPNOTSUPP'));
    // What opens nothing may be done with it.
    sandbox.chmod(names('link'), 0o600);
    sandbox.utimes(names('fifo'), TIMES);
    sandbox.access(names('fifo'), 6);
    expect(sandbox.stat(names('fifo'))).toMatchObject({ mtimeMs: 0 });
  });

  test.skipIf(skip)(`${kind}: no device is opened to write`, () => {
    const devices = make('/dev');
    expect(() => devices.open(names('null'), MAKE)).toThrow(withCode('EOPNOTSUPP'));
    expect(() => devices.open(names('null'), { access: 'write' })).toThrow(withCode('EOPNOTSUPP'));
    devices.close();
  });

  hostile('the root itself stays', (root, sandbox) => {
    root.write('bait', '');
    symlinkSync('/', root.at('top'));
    expect(() => sandbox.rmdir([])).toThrow(withCode('EBUSY'));
    expect(() => sandbox.unlink([])).toThrow(withCode('EISDIR'));
    expect(() => sandbox.mkdir([], 0o777)).toThrow(withCode('EEXIST'));
    expect(() => sandbox.symlink(Buffer.from('x'), [])).toThrow(withCode('EEXIST'));
    expect(() => sandbox.readlink([])).toThrow(withCode('EINVAL'));
    expect(() => sandbox.rename([], names('x'))).toThrow(withCode('EBUSY'));
    expect(() => sandbox.rename(names('bait'), [])).toThrow(withCode('EBUSY'));
    expect(() => sandbox.open([], MAKE)).toThrow(withCode('EISDIR'));
    expect(() => sandbox.open(names('top'), MAKE)).toThrow(withCode('EISDIR'));
    expect(() => sandbox.open([], { create: true, exclusive: true })).toThrow(withCode('EEXIST'));
    expect(() => sandbox.rmdir(names('top'))).toThrow(withCode('ENOTDIR'));
    sandbox.chmod([], 0o711);
    sandbox.utimes(names('top'), TIMES, true);
    sandbox.access([], 7);
    expect(sandbox.realpath(names('top'))).toEqual([]);
    expect(sandbox.stat([])).toMatchObject({ mtimeMs: 0 });
    expect(sandbox.stat([]).mode & 0o7777).toBe(0o711);
  });
}

function namesInRoot(sandbox: Sandbox): string[] {
  return sandbox
    .list([])
    .map((entry) => entry.name.toString())
    .sort();
}

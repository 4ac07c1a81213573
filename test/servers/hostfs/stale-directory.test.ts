import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';

import { DescriptorSandbox } from '../../../servers/hostfs/descriptor-sandbox.ts';
import type { Sandbox } from '../../../servers/hostfs/sandbox.ts';
import { KINDS, names, withCode } from './sandboxes.ts';
import { ScratchDirectory } from './scratch-directory.ts';

for (const { kind, make, skip } of KINDS) {
  const sandboxed = (name: string, body: (root: ScratchDirectory, sandbox: Sandbox) => void) =>
    test.skipIf(skip)(`${kind}: ${name}`, () => {
      using root = new ScratchDirectory();
      const sandbox = make(root.path);
      try {
        body(root, sandbox);
      } finally {
        sandbox.close();
      }
    });

  sandboxed('a directory that was removed and made anew is the new one', (root, sandbox) => {
    root.write('a/b/x', 'old');
    touch(sandbox, 'a/b/y');
    rmSync(root.at('a'), { recursive: true });
    expect(() => touch(sandbox, 'a/b/z')).toThrow(withCode('ENOENT'));
    mkdirSync(root.at('a/b'), { recursive: true });
    touch(sandbox, 'a/b/z');
    expect(readFileSync(root.at('a/b/z'), 'utf8')).toBe('');
    expect(list(sandbox, 'a/b')).toEqual(['z']);
  });

  sandboxed('the same, by the sandbox itself', (_root, sandbox) => {
    sandbox.mkdir(names('a'), 0o777);
    touch(sandbox, 'a/x');
    sandbox.unlink(names('a/x'));
    sandbox.rmdir(names('a'));
    expect(() => touch(sandbox, 'a/x')).toThrow(withCode('ENOENT'));
    sandbox.mkdir(names('a'), 0o777);
    touch(sandbox, 'a/y');
    expect(list(sandbox, 'a')).toEqual(['y']);
  });

  sandboxed(
    'directories that changed their names, and those below them, are what their names are now',
    (root, sandbox) => {
      root.write('a/d/from-a', '');
      root.write('b/d/from-b', '');
      expect([list(sandbox, 'a/d'), list(sandbox, 'b/d')]).toEqual([['from-a'], ['from-b']]);
      sandbox.rename(names('a'), names('c'));
      sandbox.rename(names('b'), names('a'));
      sandbox.rename(names('c'), names('b'));
      expect([list(sandbox, 'a/d'), list(sandbox, 'b/d')]).toEqual([['from-b'], ['from-a']]);
      touch(sandbox, 'a/d/x');
      expect(list(sandbox, 'a/d')).toEqual(['from-b', 'x']);
    },
  );

  sandboxed('an empty directory that another was renamed to is that other', (root, sandbox) => {
    mkdirSync(root.at('to'));
    root.write('from/x', '');
    expect(list(sandbox, 'to')).toEqual([]);
    touch(sandbox, 'to/y');
    sandbox.unlink(names('to/y'));
    sandbox.rename(names('from'), names('to'));
    touch(sandbox, 'to/z');
    expect(list(sandbox, 'to')).toEqual(['x', 'z']);
  });

  sandboxed(
    "a removed directory is not taken for one whose name is what Linux calls it then, 'a (deleted)'",
    (root, sandbox) => {
      mkdirSync(root.at('a (deleted)'));
      expect(list(sandbox, 'a (deleted)')).toEqual([]);
      renameSync(root.at('a (deleted)'), root.at('a'));
      rmdirSync(root.at('a'));
      mkdirSync(root.at('a (deleted)'));
      touch(sandbox, 'a (deleted)/x');
      expect(list(sandbox, 'a (deleted)')).toEqual(['x']);
    },
  );

  sandboxed('many directories at a time: both sides of a rename are the right ones', (root, sandbox) => {
    for (let i = 0; i < 40; i++) root.write(`from/${i}/sub/x`, String(i));
    for (let i = 0; i < 40; i++) {
      mkdirSync(root.at(`to/${i}/1/2/3`), { recursive: true });
      sandbox.rename(names(`from/${i}/sub/x`), names(`to/${i}/1/2/3/y`));
    }
    for (let i = 0; i < 40; i++) expect(readFileSync(root.at(`to/${i}/1/2/3/y`), 'utf8')).toBe(String(i));
  });
}

test.skipIf(process.platform !== 'linux')('descriptors: a tree deeper than a path can say is reached by links', () => {
  using root = new ScratchDirectory();
  const sandbox = new DescriptorSandbox(root.path);
  const deep = Array.from({ length: 15 }, () => 'd'.repeat(200));
  let at = '';
  for (const [level, link] of ['l0', 'l1', 'l2'].entries()) {
    for (let i = 1; i <= deep.length; i++)
      sandbox.mkdir(names([...(at === '' ? [] : [at]), ...deep.slice(0, i)].join('/')), 0o777);
    symlinkSync([...(at === '' ? [] : [at]), ...deep].join('/'), root.at(link));
    at = link;
    touch(sandbox, `${at}/x${level}`);
  }
  for (let again = 0; again < 3; again++) expect(list(sandbox, 'l2')).toEqual(['x2']);
  expect(sandbox.realpath(names('l2/x2'))).toHaveLength(3 * 15 + 1);
  sandbox.unlink(names('l2/x2'));
  expect(list(sandbox, 'l2')).toEqual([]);
  sandbox.close();
  // Node's own, at the end of the test, would not get down there.
  execFileSync('rm', ['-r', root.at('d'.repeat(200))]);
});

function touch(sandbox: Sandbox, path: string): void {
  closeSync(sandbox.open(names(path), { access: 'write', create: true }).fd);
}

function list(sandbox: Sandbox, path: string): string[] {
  return sandbox
    .list(names(path), true)
    .map((entry) => entry.name.toString())
    .sort();
}

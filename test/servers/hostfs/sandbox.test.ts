import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';

import { DescriptorSandbox } from '../../../servers/hostfs/descriptor-sandbox.ts';
import type { Sandbox } from '../../../servers/hostfs/sandbox.ts';
import type { OpenHow } from '../../../servers/vfs/index.ts';
import { KINDS, names, openDescriptors, withCode } from './sandboxes.ts';
import { ScratchDirectory } from './scratch-directory.ts';

const onLinux = process.platform === 'linux';

const pathText = (parts: readonly Buffer[]): string => parts.join('/');

function content(sandbox: Sandbox, path: string | Buffer, how: OpenHow = {}): string {
  const { fd } = sandbox.open(typeof path === 'string' ? names(path) : [path], how);
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

for (const { kind, make, skip } of KINDS) {
  const sandboxed = (
    name: string,
    body: (root: ScratchDirectory, sandbox: Sandbox, outside: ScratchDirectory) => void | Promise<void>,
  ) =>
    test.skipIf(skip)(`${kind}: ${name}`, async () => {
      using root = new ScratchDirectory();
      using outside = new ScratchDirectory();
      outside.write('secret', 'SECRET');
      const sandbox = make(root.path);
      try {
        await body(root, sandbox, outside);
      } finally {
        sandbox.close();
      }
    });

  sandboxed('reads files at every depth', (root, sandbox) => {
    root.write('top', '1');
    root.write('a/b/c/deep', '2');
    expect(content(sandbox, 'top')).toBe('1');
    expect(content(sandbox, 'a/b/c/deep')).toBe('2');
    expect(sandbox.stat(names('a/b')).isDirectory()).toBe(true);
    expect(sandbox.stat([]).isDirectory()).toBe(true);
    expect(sandbox.list(names('a')).map((entry) => entry.name.toString())).toEqual(['b']);
  });

  sandboxed('serves names that are not UTF-8', (root, sandbox) => {
    const name = Buffer.of(0xff, 0x0a, 0xe2, 0x28);
    writeFileSync(root.atBytes(name), 'odd');
    expect(sandbox.list([]).map((entry) => entry.name)).toEqual([name]);
    expect(content(sandbox, name)).toBe('odd');
  });

  sandboxed('takes a link for what it is, unless it is told to follow', (root, sandbox) => {
    root.write('real/x', '1');
    symlinkSync('real/x', root.at('file-link'));
    symlinkSync('real', root.at('dir-link'));
    symlinkSync('nowhere', root.at('dangling'));
    for (const link of ['file-link', 'dir-link', 'dangling']) {
      expect(sandbox.stat(names(link)).isSymbolicLink()).toBe(true);
      expect(() => sandbox.open(names(link))).toThrow(withCode('ELOOP'));
      expect(() => sandbox.list(names(link))).toThrow(withCode('ENOTDIR'));
    }
    expect(content(sandbox, 'file-link', { follow: true })).toBe('1');
    expect(sandbox.stat(names('file-link'), true).isFile()).toBe(true);
    expect(sandbox.stat(names('dir-link'), true).isDirectory()).toBe(true);
    expect(sandbox.list(names('dir-link'), true).map((entry) => entry.name.toString())).toEqual(['x']);
    expect(() => sandbox.open(names('dangling'), { follow: true })).toThrow(withCode('ENOENT'));
    expect(() => sandbox.stat(names('dangling'), true)).toThrow(withCode('ENOENT'));
    expect(() => sandbox.list(names('file-link'), true)).toThrow(withCode('ENOTDIR'));
  });

  sandboxed('follows the links on the way', (root, sandbox) => {
    root.write('real/deep/x', '1');
    symlinkSync('real', root.at('alias'));
    symlinkSync('../alias/deep', root.at('real/again'));
    symlinkSync('/real/deep', root.at('from-root'));
    for (const path of ['alias/deep/x', 'alias/again/x', 'from-root/x', 'real/again/x']) {
      expect(content(sandbox, path)).toBe('1');
      expect(sandbox.stat(names(path)).isFile()).toBe(true);
      expect(pathText(sandbox.realpath(names(path)))).toBe('real/deep/x');
    }
    expect(sandbox.list(names('alias/again'), true).map((entry) => entry.name.toString())).toEqual(['x']);
    expect(() => sandbox.open(names('alias/none'))).toThrow(withCode('ENOENT'));
    expect(() => sandbox.open(names('alias/deep/x/y'))).toThrow(withCode('ENOTDIR'));
  });

  sandboxed(
    'a link that would lead out leads to what has that path within, mostly nothing',
    (root, sandbox, outside) => {
      symlinkSync(outside.at('secret'), root.at('absolute'));
      symlinkSync(outside.path, root.at('dir'));
      symlinkSync(`../../../../../../../../..${outside.path}`, root.at('up'));
      for (const follow of [true, false]) {
        expect(() => sandbox.open(names('dir/secret'), { follow })).toThrow(withCode('ENOENT'));
        expect(() => sandbox.open(names('up/secret'), { follow })).toThrow(withCode('ENOENT'));
        expect(() => sandbox.stat(names('dir/secret'), follow)).toThrow(withCode('ENOENT'));
      }
      expect(() => sandbox.open(names('absolute'), { follow: true })).toThrow(withCode('ENOENT'));
      expect(() => sandbox.list(names('up'), true)).toThrow(withCode('ENOENT'));
      expect(() => sandbox.realpath(names('dir'))).toThrow(withCode('ENOENT'));
      root.write(`${outside.path.slice(1)}/secret`, 'inside');
      for (const path of ['dir/secret', 'up/secret']) expect(content(sandbox, path)).toBe('inside');
      expect(content(sandbox, 'absolute', { follow: true })).toBe('inside');
    },
  );

  sandboxed('opens no FIFO: it would block without a writer', (root, sandbox) => {
    execFileSync('mkfifo', [root.at('fifo')]);
    expect(() => sandbox.open(names('fifo'))).toThrow(withCode('EOPNOTSUPP'));
    expect(sandbox.list([]).map((entry) => entry.isFIFO())).toEqual([true]);
  });

  sandboxed('opens no socket', async (root, sandbox) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(root.at('socket'), resolve));
    expect(() => sandbox.open(names('socket'))).toThrow(withCode('EOPNOTSUPP'));
    await new Promise((resolve) => server.close(resolve));
  });

  test.skipIf(skip)(`${kind}: opens no device`, () => {
    const devices = make('/dev');
    expect(() => devices.open(names('null'))).toThrow(withCode('EOPNOTSUPP'));
    devices.close();
  });

  sandboxed('says what the host says', (root, sandbox) => {
    root.write('file', '');
    mkdirSync(root.at('dir'));
    expect(() => sandbox.open(names('none'))).toThrow(withCode('ENOENT'));
    expect(() => sandbox.open(names('none/x'))).toThrow(withCode('ENOENT'));
    expect(() => sandbox.open(names('file/x'))).toThrow(withCode('ENOTDIR'));
    expect(() => sandbox.list(names('file'))).toThrow(withCode('ENOTDIR'));
    expect(() => sandbox.open(names('dir'))).toThrow(withCode('EISDIR'));
    expect(() => sandbox.open([])).toThrow(withCode('EISDIR'));
  });

  sandboxed('forgets a directory that was moved out of the root', (root, sandbox, outside) => {
    root.write('a/b/x', 'inside');
    expect(content(sandbox, 'a/b/x')).toBe('inside');
    renameSync(root.at('a'), outside.at('a'));
    expect(() => sandbox.open(names('a/b/x'))).toThrow(withCode('ENOENT'));
    symlinkSync(outside.at('a'), root.at('a'));
    expect(() => sandbox.open(names('a/b/x'))).toThrow(withCode('ENOENT'));
    rmSync(root.at('a'));
    root.write('a/b/x', 'new');
    expect(content(sandbox, 'a/b/x')).toBe('new');
  });

  test.skipIf(skip)(`${kind}: resolves a root that is itself a symbolic link, once`, () => {
    using root = new ScratchDirectory();
    using elsewhere = new ScratchDirectory();
    root.write('real/x', 'here');
    elsewhere.write('x', 'elsewhere');
    symlinkSync('real', root.at('link'));
    const sandbox = make(root.at('link'));
    rmSync(root.at('link'));
    symlinkSync(elsewhere.path, root.at('link'));
    expect(content(sandbox, 'x')).toBe('here');
    sandbox.close();
  });

  test.skipIf(skip).each(['none', 'file'])(`${kind}: refuses '%s' as a root`, (name) => {
    using root = new ScratchDirectory();
    root.write('file', '');
    expect(() => make(root.at(name))).toThrow(withCode(name === 'none' ? 'ENOENT' : 'ENOTDIR'));
  });
}

test.skipIf(!onLinux).each(KINDS.filter(({ kind }) => kind !== 'paths'))(
  '$kind: a root that was moved keeps serving itself, and not what took its place',
  ({ make }) => {
    using scratch = new ScratchDirectory();
    scratch.write('root/a/x', 'inside');
    const sandbox = make(scratch.at('root'));
    expect(content(sandbox, 'a/x')).toBe('inside');
    expect(content(sandbox, 'a/x'), 'from the cache').toBe('inside');
    renameSync(scratch.at('root'), scratch.at('moved'));
    // The cached directory goes to where it would be if the root had not moved: it is outside now.
    mkdirSync(scratch.at('root'));
    renameSync(scratch.at('moved/a'), scratch.at('root/a'));
    expect(() => sandbox.open(names('a/x'))).toThrow(withCode('ENOENT'));
    scratch.write('moved/a/x', 'moved along');
    expect(content(sandbox, 'a/x')).toBe('moved along');
    sandbox.close();
  },
);

test.skipIf(!onLinux)('descriptors: none is left, however many directories were walked and opens failed', () => {
  using root = new ScratchDirectory();
  for (let i = 0; i < 100; i++) root.write(`d${i}/e/f/x`, String(i));
  const before = openDescriptors();
  const sandbox = new DescriptorSandbox(root.path);
  for (let i = 0; i < 100; i++) {
    expect(content(sandbox, `d${i}/e/f/x`)).toBe(String(i));
    expect(() => sandbox.open(names(`d${i}/e/f/none`))).toThrow(withCode('ENOENT'));
    expect(() => sandbox.open(names(`d${i}/e/f`))).toThrow(withCode('EISDIR'));
  }
  expect(openDescriptors() - before).toBeLessThan(40);
  sandbox.close();
  expect(openDescriptors()).toBe(before);
});

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, symlinkSync, utimesSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';

import { DescriptorSandbox } from '../../../servers/hostfs/descriptor-sandbox.ts';
import type { Sandbox } from '../../../servers/hostfs/sandbox.ts';
import { type OpenHow, systemErrorCode } from '../../../servers/vfs/index.ts';
import { KINDS, names } from './sandboxes.ts';
import { ScratchDirectory } from './scratch-directory.ts';
import { swapper } from './swapper.ts';
import { treeOf } from './tree.ts';

type Attempt = (sandbox: Sandbox) => void;

const MAKE: OpenHow = { access: 'write', create: true, truncate: true, follow: true };

/** Each changes something in `a`, and mostly undoes it again with the next. */
const IN_DIRECTORY: Readonly<Record<string, Attempt>> = {
  write: (sandbox) => writeTo(sandbox, 'a/x', { access: 'write', truncate: true, follow: true }),
  make: (sandbox) => writeTo(sandbox, 'a/new', MAKE),
  makeNew: (sandbox) => writeTo(sandbox, 'a/newer', { ...MAKE, exclusive: true }),
  unlink: (sandbox) => sandbox.unlink(names('a/newer')),
  mkdir: (sandbox) => sandbox.mkdir(names('a/d'), 0o700),
  rmdir: (sandbox) => sandbox.rmdir(names('a/d')),
  symlink: (sandbox) => sandbox.symlink(Buffer.from('x'), names('a/s')),
  unlinkLink: (sandbox) => sandbox.unlink(names('a/s')),
  renameOut: (sandbox) => sandbox.rename(names('a/x'), names('b')),
  renameIn: (sandbox) => sandbox.rename(names('b'), names('a/x')),
  chmod: (sandbox) => sandbox.chmod(names('a/x'), 0o777),
  utimes: (sandbox) => sandbox.utimes(names('a/x'), { atimeMs: 0, mtimeMs: 0 }),
};

function writeTo(sandbox: Sandbox, path: string, how: OpenHow): void {
  const { fd } = sandbox.open(names(path), how);
  writeSync(fd, 'written');
  closeSync(fd);
}

/** All attempts in turn, until each has often succeeded and often been refused. Answers the codes that came. */
function hammer(sandbox: Sandbox, attempts: Readonly<Record<string, Attempt>>, often: number): Set<string> {
  const codes = new Set<string>();
  const done = new Map<string, number>();
  const refused = new Map<string, number>();
  const isEnough = (): boolean =>
    Object.keys(attempts).every((name) => Math.min(done.get(name) ?? 0, refused.get(name) ?? 0) >= often);
  for (let i = 0; i < 100_000 && !isEnough(); i++) {
    for (const [name, attempt] of Object.entries(attempts)) {
      try {
        attempt(sandbox);
        done.set(name, (done.get(name) ?? 0) + 1);
      } catch (error) {
        codes.add(systemErrorCode(error) ?? String(error));
        refused.set(name, (refused.get(name) ?? 0) + 1);
      }
    }
  }
  expect(isEnough(), `both outcomes were seen: ${JSON.stringify([[...done], [...refused]])}`).toBe(true);
  return codes;
}

/** What all the attempts would change, with times that tell when they did. */
function plantOutside(scratch: ScratchDirectory): string[] {
  for (const name of ['x', 'new', 'newer', 's']) scratch.write(`outside/${name}`, 'SECRET');
  mkdirSync(scratch.at('outside/d'));
  for (const name of ['x', 'new', 'newer', 's', 'd']) utimesSync(scratch.at(`outside/${name}`), 5, 5);
  return treeOf(scratch.at('outside'));
}

test.skipIf(process.platform !== 'linux')(
  'descriptors: a directory swapped for links to the outside: nothing outside is changed',
  async () => {
    using scratch = new ScratchDirectory();
    const before = plantOutside(scratch);
    mkdirSync(scratch.at('root'));
    scratch.write('faces/dir/x', 'inside');
    symlinkSync(scratch.at('outside'), scratch.at('faces/absolute'));
    symlinkSync('../outside', scratch.at('faces/relative'));
    const sandbox = new DescriptorSandbox(scratch.at('root'));
    const faces = ['dir', 'absolute', 'dir', 'relative'].map((face) => scratch.at(`faces/${face}`));
    using _swapping = await swapper(scratch.at('root/a'), faces);
    const codes = hammer(sandbox, IN_DIRECTORY, 50);
    expect(treeOf(scratch.at('outside'))).toEqual(before);
    expect([...codes].filter((code) => !['ENOENT', 'ENOTDIR', 'EEXIST'].includes(code))).toEqual([]);
    sandbox.close();
  },
);

for (const { kind, make, skip } of KINDS) {
  const attempts: Record<string, Attempt> = {
    write: (sandbox) => writeTo(sandbox, 'x', { access: 'write', truncate: true, follow: true }),
    make: (sandbox) => writeTo(sandbox, 'x', MAKE),
    append: (sandbox) => writeTo(sandbox, 'x', { access: 'both', append: true }),
  };
  // Without descriptors a link put in the place of a file that was checked is followed (`PathSandbox` says so).
  if (kind === 'descriptors') attempts['chmod'] = (sandbox) => sandbox.chmod(names('x'), 0o777);

  test.skipIf(skip)(`${kind}: a file swapped for a link or a FIFO: neither is written to`, async () => {
    using scratch = new ScratchDirectory();
    const before = plantOutside(scratch);
    mkdirSync(scratch.at('root'));
    scratch.write('faces/file', 'inside');
    symlinkSync(scratch.at('outside/x'), scratch.at('faces/absolute'));
    symlinkSync('../outside/x', scratch.at('faces/relative'));
    execFileSync('mkfifo', [scratch.at('faces/fifo')]);
    const sandbox = make(scratch.at('root'));
    const faces = ['file', 'absolute', 'file', 'fifo', 'file', 'relative'].map((face) => scratch.at(`faces/${face}`));
    using _swapping = await swapper(scratch.at('root/x'), faces);
    const codes = hammer(sandbox, attempts, 300);
    expect(treeOf(scratch.at('outside'))).toEqual(before);
    const expected = ['ENOENT', 'ELOOP', 'EOPNOTSUPP', 'ESTALE', 'EEXIST'];
    expect([...codes].filter((code) => !expected.includes(code))).toEqual([]);
    sandbox.close();
  });
}

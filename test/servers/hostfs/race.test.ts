import { execFileSync } from 'node:child_process';
import { closeSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import type { Sandbox } from '../../../servers/hostfs/sandbox.ts';
import { systemErrorCode } from '../../../servers/vfs/error.ts';
import { KINDS, names } from './sandboxes.ts';
import { ScratchDirectory } from './scratch-directory.ts';
import { swapper } from './swapper.ts';

const onLinux = process.platform === 'linux';

/** Opens the path until both outcomes were seen often; answers all contents and codes that came. */
function hammer(sandbox: Sandbox, path: Buffer[]): { contents: Set<string>; codes: Set<string> } {
  const contents = new Set<string>();
  const codes = new Set<string>();
  let opened = 0;
  let refused = 0;
  for (let i = 0; i < 500_000 && (opened < 500 || refused < 500); i++) {
    try {
      const { fd } = sandbox.open(path);
      opened++;
      contents.add(readFileSync(fd, 'utf8'));
      closeSync(fd);
    } catch (error) {
      refused++;
      codes.add(systemErrorCode(error) ?? String(error));
    }
  }
  expect(Math.min(opened, refused), 'both outcomes were seen').toBeGreaterThanOrEqual(500);
  return { contents, codes };
}

test.skipIf(!onLinux).each(KINDS.filter(({ kind }) => kind !== 'paths'))(
  '$kind: a directory swapped for a link to the outside never leads out',
  async ({ make }) => {
    using scratch = new ScratchDirectory();
    scratch.write('outside/x', 'SECRET');
    scratch.write('root/a/x', 'inside');
    scratch.write('faces/dir/x', 'inside');
    execFileSync('ln', ['-s', scratch.at('outside'), scratch.at('faces/link')]);
    execFileSync('rm', ['-r', scratch.at('root/a')]);
    const sandbox = make(scratch.at('root'));
    using _swapping = await swapper(scratch.at('root/a'), [scratch.at('faces/dir'), scratch.at('faces/link')]);
    const { contents, codes } = hammer(sandbox, names('a/x'));
    expect([...contents]).toEqual(['inside']);
    expect([...codes].filter((code) => !['ENOENT', 'ENOTDIR'].includes(code))).toEqual([]);
    sandbox.close();
  },
);

for (const { kind, make, skip } of KINDS) {
  test.skipIf(skip)(`${kind}: a file swapped for a link or a FIFO is neither followed nor waited for`, async () => {
    using scratch = new ScratchDirectory();
    scratch.write('outside', 'SECRET');
    scratch.write('root/other', '');
    scratch.write('faces/file', 'inside');
    execFileSync('ln', ['-s', scratch.at('outside'), scratch.at('faces/link')]);
    execFileSync('mkfifo', [scratch.at('faces/fifo')]);
    const sandbox = make(scratch.at('root'));
    const faces = ['faces/file', 'faces/link', 'faces/fifo'].map((face) => scratch.at(face));
    using _swapping = await swapper(scratch.at('root/x'), faces);
    const { contents, codes } = hammer(sandbox, names('x'));
    expect([...contents]).toEqual(['inside']);
    expect([...codes].filter((code) => !['ENOENT', 'ELOOP', 'EOPNOTSUPP', 'ESTALE'].includes(code))).toEqual([]);
    sandbox.close();
  });
}

import { readdirSync } from 'node:fs';
import { expect } from 'vitest';

import { DescriptorSandbox } from '../../../servers/hostfs/descriptor-sandbox.ts';
import { PathSandbox } from '../../../servers/hostfs/path-sandbox.ts';
import type { Opened, Sandbox } from '../../../servers/hostfs/sandbox.ts';
import { isPlainPath, type OpenHow } from '../../../servers/vfs/index.ts';

export type Kind = { kind: string; make: (root: string) => Sandbox; skip: boolean };

/** All sandboxes, for tests that hold for each. */
export const KINDS: readonly Kind[] = [
  { kind: 'paths', make: (root) => new PathSandbox(root), skip: false },
  { kind: 'descriptors', make: (root) => new DescriptorSandbox(root), skip: process.platform !== 'linux' },
  { kind: 'plain paths', make: (root) => new PlainSandbox(root), skip: process.platform !== 'linux' },
];

/** Opens as the driver does: by the path itself where that is plain, else by names. */
class PlainSandbox extends DescriptorSandbox {
  override open(of: readonly Buffer[], how: OpenHow = {}): Opened {
    const path = of.map((name) => name.toString('latin1')).join('/');
    const isPlain = how.create !== true && isPlainPath(path, 4095);
    return (isPlain ? this.openPlain(path, how) : undefined) ?? super.open(of, how);
  }
}

export function names(path: string): Buffer[] {
  return path === '' ? [] : path.split('/').map((name) => Buffer.from(name));
}

export function withCode(code: string | RegExp): Error {
  return expect.objectContaining({ code: typeof code === 'string' ? code : expect.stringMatching(code) });
}

/** How many this process has; always 0 where the host does not tell. */
export function openDescriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

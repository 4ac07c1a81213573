import { readdirSync } from 'node:fs';
import { expect } from 'vitest';

import { DescriptorSandbox } from '../../../servers/hostfs/descriptor-sandbox.ts';
import { PathSandbox } from '../../../servers/hostfs/path-sandbox.ts';
import type { Sandbox } from '../../../servers/hostfs/sandbox.ts';

export type Kind = { kind: string; make: (root: string) => Sandbox; skip: boolean };

/** Both sandboxes, for tests that hold for either. */
export const KINDS: readonly Kind[] = [
  { kind: 'paths', make: (root) => new PathSandbox(root), skip: false },
  { kind: 'descriptors', make: (root) => new DescriptorSandbox(root), skip: process.platform !== 'linux' },
];

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

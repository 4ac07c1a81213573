import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';

import type { ScratchDirectory } from '../servers/hostfs/scratch-directory.ts';

/**
 * Fills a directory with what trees in the wild hold: odd names, names that sort differently as paths than as names, sizes
 * around the chunk, links, a FIFO.
 *
 * @returns how many regular files there are
 */
export function plantOddTree(root: ScratchDirectory): number {
  const names = [
    '-rf',
    '--json',
    ' ',
    'new\nline',
    'tab\there',
    'back\\slash',
    "quo'te",
    'ünïcode',
    'a.txt',
    'a/b',
    'a-b',
    '*',
    '…',
  ];
  for (const name of names) root.write(name, `content of ${name}`);
  const bytes = [Buffer.of(0xff), Buffer.of(0x61, 0xfe, 0x62), Buffer.of(0xe2, 0x82), Buffer.of(0xed, 0xa0, 0x80)];
  for (const name of bytes) writeFileSync(root.atBytes(name), name);
  const directory = Buffer.of(0x64, 0xff);
  mkdirSync(root.atBytes(directory));
  writeFileSync(root.atBytes(Buffer.concat([directory, Buffer.from('/inside')])), 'inside');
  const sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000];
  for (const size of sizes) root.write(`sizes/${size}`, Buffer.alloc(size, size % 251));
  for (let i = 0; i < 300; i++) root.write(`many/${i % 7}/${i}`, `file ${i}`);
  root.write('deep/'.repeat(40) + 'end', 'deep');
  symlinkSync('a.txt', root.at('link'));
  symlinkSync('many', root.at('dir-link'));
  symlinkSync('nowhere', root.at('dangling'));
  symlinkSync('.', root.at('loop'));
  execFileSync('mkfifo', [root.at('fifo')]);
  mkdirSync(root.at('empty'));
  return names.length + bytes.length + 1 + sizes.length + 300 + 1;
}

/** The tour's digest by other means: find, sort and sha256sum tell the files, in order, each with its sum. */
export function shellDigest(directory: string): string {
  const script = `cd "$1" && find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 -r sha256sum -z --`;
  const out = execFileSync('bash', ['-c', script, 'bash', directory], { encoding: 'latin1' });
  const sums = out.split('\0').slice(0, -1);
  const lines = sums.map((line) => `${line.slice(66)}\0${line.slice(0, 64)}\n`);
  return createHash('sha256').update(lines.join(''), 'latin1').digest('hex');
}

import { createRequire } from 'node:module';

import { boot, type System } from 'easync';
import { Vfs } from 'easync/servers/vfs';

import { directTree } from './direct.ts';
import { orAborted } from './interrupt.ts';
import type { Progress } from './progress.ts';
import { type Pass, readTree } from './read-tree.ts';
import { type Placement, tourResult, type TourResult } from './result.ts';
import { servedTree } from './served.ts';
import type { Tree } from './tree.ts';

export type PassOptions = {
  dir: string;
  exclude: ReadonlySet<string>;
  socket?: string;
  signal: AbortSignal;
  progress: Progress;
};

/**
 * Reads the directory once per placement, one placement after the other. An abort does not wait for a driver that no longer
 * answers: leaving the system ends it. Nothing that was started is left when this settles.
 */
export async function runPasses(options: PassOptions): Promise<TourResult> {
  await using system = await boot(options.socket === undefined ? {} : { socket: options.socket });
  return await orAborted(passes(system, options), options.signal);
}

async function passes(system: System, options: PassOptions): Promise<TourResult> {
  const tree = directTree(options.dir);
  // The first pass finds a cold page cache: it is not measured, but it tells the progress bar the total.
  const { bytes } = await readTree(tree, passOptions(options, 'warming', 0));
  return tourResult(options.dir, {
    direct: await warmPass(tree, options, 'direct', bytes),
    inline: await served(system, 'inline', options, bytes),
    thread: await served(system, 'thread', options, bytes),
    process: await served(system, 'process', options, bytes),
  });
}

/** The last of as many passes as a small tree takes to be read by warm code; of a large one the first is as good. */
async function warmPass(tree: Tree, options: PassOptions, title: string, totalBytes: number): Promise<Pass> {
  for (let spentMs = 0; ;) {
    const pass = await readTree(tree, passOptions(options, title, totalBytes));
    if (spentMs >= WARM_MS || pass.wallMs >= WARM_MS) return pass;
    spentMs += pass.wallMs;
  }
}

const WARM_MS = 100;

/** This package's own, as a path: a specifier would be looked up from the working directory first, which may be DIR. */
const HOSTFS = createRequire(import.meta.url).resolve('easync/servers/hostfs');

async function served(system: System, place: Placement, options: PassOptions, totalBytes: number): Promise<Pass> {
  using files = await system.open(Vfs, HOSTFS, {
    place,
    name: 'hostfs',
    options: { root: options.dir, readOnly: true },
  });
  return await warmPass(servedTree(system, files), options, place, totalBytes);
}

function passOptions({ exclude, signal, progress }: PassOptions, title: string, totalBytes: number) {
  progress.begin(title, totalBytes);
  return { exclude, signal, onProgress: (bytes: number) => progress.update(bytes) };
}

import type { Placement, Stub, System } from 'easync';
import { fs, type FsClient } from 'easync/servers/fs';
import { Vfs } from 'easync/servers/vfs';

import { Scratch } from './scratch.ts';

export type Kind = 'memfs' | 'hostfs';

/** Every server of files in its placements. What lies between a thread and its caller is the same for both: one of them shows it. */
export const FILE_SYSTEMS: readonly { kind: Kind; place: Placement }[] = [
  ...(['inline', 'process'] as const).map((place) => ({ kind: 'memfs' as const, place })),
  ...(['inline', 'thread', 'process'] as const).map((place) => ({ kind: 'hostfs' as const, place })),
];

/** An empty file system and its client; disposing it ends the driver. */
export type Files = AsyncDisposable & {
  readonly files: FsClient;
  readonly vfs: Stub<typeof Vfs>;
  /** Where it lies on the host: of hostfs. */
  readonly root: string;
};

/** The built ones: a thread or process cannot load the sources. */
export function server(kind: Kind): URL {
  return new URL(`../../dist/servers/${kind}/index.js`, import.meta.url);
}

export async function openFiles(system: System, kind: Kind, place: Placement): Promise<Files> {
  const scratch = await Scratch.make();
  const options = kind === 'hostfs' ? { root: scratch.path } : undefined;
  const vfs = await system.open(Vfs, server(kind), { place, options });
  return {
    files: fs(vfs),
    vfs,
    root: scratch.path,
    async [Symbol.asyncDispose]() {
      vfs[Symbol.dispose]();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

/** Takes a whole tree from a file system to the host, so that the host's programs can look at it. */
export async function exportTree(files: FsClient, from: string, to: string): Promise<void> {
  const host = await import('node:fs/promises');
  await host.mkdir(to, { recursive: true });
  for (const entry of await files.readdir(from, { withFileTypes: true })) {
    const source = `${from}/${entry.name}`;
    const target = `${to}/${entry.name}`;
    if (entry.isDirectory()) await exportTree(files, source, target);
    else if (entry.isSymbolicLink()) await host.symlink(await files.readlink(source), target);
    else await host.writeFile(target, await files.readFile(source), { mode: (await files.stat(source)).mode });
  }
}

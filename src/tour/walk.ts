import { type Entry, joinPath, type Path } from 'easync/servers/vfs';

import type { Latencies } from './latencies.ts';
import type { Tree } from './tree.ts';

export type WalkOptions = {
  exclude: ReadonlySet<string>;
  latencies: Latencies;
  /** Told of each directory that cannot be listed; the root itself throws. */
  onUnreadable(path: Path, error: unknown): void;
  /** Called before each directory; throws to stop. */
  checkpoint(): Promise<void> | undefined;
};

/**
 * The paths of all regular files, directory by directory. Symbolic links are not followed; they and FIFOs, sockets and
 * devices are no files here. Several readers may take from one walk: a generator answers one at a time.
 */
export async function* walk(tree: Tree, options: WalkOptions): AsyncGenerator<Path, void, void> {
  const pending: Path[] = [''];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const turn = options.checkpoint();
    if (turn !== undefined) await turn;
    try {
      for await (const entry of list(tree, directory, options.latencies)) {
        if (typeof entry.name === 'string' && options.exclude.has(entry.name)) continue;
        if (entry.type === 'directory') pending.push(joinPath(directory, entry.name));
        if (entry.type === 'file') yield joinPath(directory, entry.name);
      }
    } catch (error) {
      if (directory.length === 0) throw error;
      options.onUnreadable(directory, error);
    }
  }
}

async function* list(tree: Tree, directory: Path, latencies: Latencies): AsyncGenerator<Entry, void, void> {
  const listed = latencies.time(() => tree.readdir(directory));
  const { entries, rest } = listed instanceof Promise ? await listed : listed;
  yield* entries;
  if (rest === null) return;
  using more = rest;
  for (;;) {
    const page = await latencies.time(() => more.next());
    if (page.length === 0) return;
    yield* page;
  }
}

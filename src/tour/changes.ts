import type { PathKey } from './digest.ts';
import type { Pass } from './read-tree.ts';

/**
 * Files that did not have the same content in all passes, or were not there in all: the passes run one after another, and
 * the directory need not hold still. In bytewise order.
 */
export function changedFiles(passes: readonly Pass[]): PathKey[] {
  const [first, ...others] = passes;
  if (first === undefined) return [];
  const changed = new Set<PathKey>();
  for (const other of others) {
    for (const [key, hash] of first.files) if (other.files.get(key) !== hash) changed.add(key);
    for (const key of other.files.keys()) if (!first.files.has(key)) changed.add(key);
  }
  return [...changed].sort();
}

/** What was skipped in any pass, with the code it had first. In bytewise order. */
export function skippedEntries(passes: readonly Pass[]): [PathKey, string][] {
  const skipped = new Map<PathKey, string>();
  for (const pass of passes) {
    for (const [key, code] of pass.skipped) if (!skipped.has(key)) skipped.set(key, code);
  }
  return [...skipped].sort(([a], [b]) => (a < b ? -1 : 1));
}

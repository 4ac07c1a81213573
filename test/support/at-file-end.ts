import type { Inventory } from '../../src/testing/inventory.ts';

/** What is done when the tests of this file are through: by `each-file.ts`, for files share modules, and these their hooks. */
export function atFileEnd(end: FileEnd): void {
  ends.add(end);
}

export async function endFile(resources: Inventory): Promise<void> {
  for (const end of ends) await end(resources);
  ends.clear();
}

/** It gets what the process had when the file began. */
export type FileEnd = (resources: Inventory) => Promise<void>;

const ends = new Set<FileEnd>();

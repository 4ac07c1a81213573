import * as streams from 'node:fs';
import * as promises from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

import type { FsClient } from 'easync/servers/fs';

import { FILE_SYSTEMS, openFiles } from '../../support/file-systems.ts';
import { Scratch } from '../../support/scratch.ts';
import { testSystem } from '../../support/system.ts';

/** What a scenario works with: a file system, and an empty directory of its own in it. */
export type Scene = {
  readonly fs: FsClient;
  /** The path of something in that directory. */
  readonly at: (path: string) => string;
  /** Calls, and puts what comes of it on record. */
  readonly see: (call: () => unknown) => Promise<void>;
};
export type Scenario = (scene: Scene) => Promise<void>;

/** Plays every scenario on `node:fs/promises` itself and on each server in each placement: the records have to be equal. */
export function likeNode(scenarios: Readonly<Record<string, Scenario>>): void {
  const onNode = new Map<string, unknown[]>();
  beforeAll(async () => {
    await using scratch = await Scratch.make();
    for (const [name, scenario] of Object.entries(scenarios)) {
      onNode.set(name, await play(NODE, scratch.path + directoryOf(name), scenario));
    }
  });

  // In a thread, one of the two shows the way.
  describe.each(FILE_SYSTEMS)('$kind, $place', ({ kind, place }) => {
    test('does what node:fs/promises does', async () => {
      await using system = await testSystem();
      await using opened = await openFiles(system.sys, kind, place);
      for (const [name, scenario] of Object.entries(scenarios)) {
        const expected = onNode.get(name) ?? [];
        const seen = await play(opened.files, directoryOf(name), scenario);
        expect(expected.length, `${name}: nothing was on record`).toBeGreaterThan(0);
        const different = expected.flatMap((node, index) => {
          const same = isDeepStrictEqual(node, seen[index]);
          return same ? [] : [{ call: index + 1, node, seen: seen[index] }];
        });
        expect.soft(different, name).toEqual([]);
        expect.soft(seen.length, name).toBe(expected.length);
      }
    });
  });
}

function directoryOf(name: string): string {
  return `/${name.replaceAll(/\W/g, '-')}`;
}

const { createReadStream, createWriteStream } = streams;
const NODE = { ...promises, createReadStream, createWriteStream } as unknown as FsClient;

async function play(fs: FsClient, directory: string, scenario: Scenario): Promise<unknown[]> {
  const records: unknown[] = [];
  const at = (path: string): string => directory + path;
  await fs.mkdir(directory);
  await scenario({
    fs,
    at,
    async see(call) {
      records.push(withoutRoot(await outcome(call), directory));
    },
  });
  return records;
}

async function outcome(call: () => unknown): Promise<unknown> {
  let answer: unknown;
  try {
    answer = call();
  } catch (error) {
    return { thrown: String(error) };
  }
  try {
    return { value: await answer };
  } catch (error) {
    return { error: describeError(error) };
  }
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  const { code, errno, syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  return { name, message, code, errno, syscall, path, dest };
}

/** Both sides have a root of their own. */
function withoutRoot(value: unknown, root: string): unknown {
  if (typeof value === 'string') return value.replaceAll(root, '');
  if (Array.isArray(value)) return value.map((item) => withoutRoot(item, root));
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutRoot(item, root)]));
}

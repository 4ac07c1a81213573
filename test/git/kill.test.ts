import { bind, type Handlers, type Stub, type System } from 'easync';
import { fs, type FsClient } from 'easync/servers/fs';
import { File, Vfs } from 'easync/servers/vfs';
import git from 'isomorphic-git';
import { expect, test } from 'vitest';

import { server } from '../support/file-systems.ts';
import { Scratch } from '../support/scratch.ts';
import { testSystem } from '../support/system.ts';
import { realFsck, realGit } from './history.ts';

// The driver under a repository is killed while commits run, at any call on the server or on an open file. isomorphic-git writes
// objects, refs and the index with `writeFile`. In place, as Node does, a kill between the opening and the writing leaves an empty
// file under the final name: a branch without a commit, or an object that later commits take for good since it is there.

const KILLS = 3;
const ALL = Array.from({ length: 7 }, (_, i) => `${i}.txt`);
const AUTHOR = { name: 'Ann Author', email: 'ann@example.org', timestamp: 1_700_000_000, timezoneOffset: 0 };

test.each([2])('no commit that was acknowledged is lost, and nothing is torn (seed %i)', async (seed) => {
  await using scratch = await Scratch.make();
  await using system = await testSystem();
  const repository = scratch.join('repo');
  const random = numbers(seed);
  const acknowledged: string[] = [];
  let next = 0;

  await using start = await openKillable(system.sys, scratch.path, Number.POSITIVE_INFINITY);
  await start.files.mkdir('/repo');
  await git.init({ fs: start.files, dir: '/repo', defaultBranch: 'main' });
  acknowledged.push(await commit(start.files, next++));

  for (let kill = 0; kill < KILLS; kill++) {
    await using run = await openKillable(system.sys, scratch.path, random(800));
    // Success or error, of every call: a hang is the test's time limit.
    for (; !run.isKilled(); next++) {
      const done = await commit(run.files, next).catch((error: unknown) => error as NodeJS.ErrnoException);
      if (typeof done === 'string') acknowledged.push(done);
      else expect(done.code, String(done.stack)).toMatch(/^(EIO|ESTALE)$/);
    }
    const [head = '', parent, message] = (await realGit(repository, ['log', '-1', '--format=%H%n%P%n%s'])).split('\n');
    const last = acknowledged.at(-1);
    if (head !== last) {
      // The commit that was under way when the driver died, all of it.
      expect([parent, message]).toEqual([last, `commit ${next - 1}`]);
      acknowledged.push(head);
    }
    expect(await realFsck(repository)).toBe('');
    await checkTree(repository);
  }

  await using end = await openKillable(system.sys, scratch.path, Number.POSITIVE_INFINITY);
  for (let again = 0; again <= next; again++) await end.files.writeFile(`/repo/${fileOf(again)}`, textOf(again));
  await git.add({ fs: end.files, dir: '/repo', filepath: ALL });
  acknowledged.push(await git.commit({ fs: end.files, dir: '/repo', message: `commit ${next}`, author: AUTHOR }));
  expect((await realGit(repository, ['rev-list', 'main'])).trim().split('\n')).toEqual(acknowledged.toReversed());
  expect(await realFsck(repository)).toBe('');
  await checkTree(repository);
  expect(await realGit(repository, ['diff', 'HEAD'])).toBe('');
  const untracked = await realGit(repository, ['ls-files', '--others']);
  for (const name of untracked.split('\n').filter(Boolean))
    expect(name).toMatch(/^tmp_obj_\d\.txt\.easync-tmp-\w{6}\.lock$/);
  expect(acknowledged.length).toBeGreaterThan(KILLS);
});

/**
 * What HEAD holds is files that were written by then, whole, and nothing else: of every name the content of its last commit, or
 * of a later try that came as far as the index.
 */
async function checkTree(repository: string): Promise<void> {
  const committed = (await realGit(repository, ['log', '--format=%s'])).trim().split('\n');
  const numbersOf = committed.map((message) => Number(message.split(' ')[1]));
  const names = (await realGit(repository, ['ls-tree', '-r', '--name-only', 'HEAD'])).trim().split('\n');
  for (const n of numbersOf) expect(names).toContain(fileOf(n));
  for (const name of names) {
    const text = await realGit(repository, ['show', `HEAD:${name}`]);
    const n = Number(/^content (\d+)\n/.exec(text)?.[1]);
    expect([name, text]).toEqual([fileOf(n), textOf(n)]);
    expect(n).toBeGreaterThanOrEqual(Math.max(0, ...numbersOf.filter((each) => fileOf(each) === name)));
    expect(n).toBeLessThanOrEqual(numbersOf[0] ?? 0);
  }
}

type Killable = AsyncDisposable & { files: FsClient; isKilled: () => boolean };

/** hostfs in a process of its own, which is killed at the call with that number: before the call, or after its answer. */
async function openKillable(system: System, root: string, at: number): Promise<Killable> {
  const vfs = await system.open(Vfs, server('hostfs'), { place: 'process', options: { root } });
  const { pid } = await vfs.where();
  let calls = 0;
  const count = (): void => {
    if (++calls === at) process.kill(pid, 'SIGKILL');
  };
  const counted = counting(vfs, count);
  const open: Stub<typeof Vfs>['open'] = async (args) => {
    const { file, size } = await counted.open(args);
    const stub = bind(File, file);
    const onNoSenders = (): void => stub[Symbol.dispose]();
    // The client gets a port of this process, whose calls go on to the file. It is told of the death as by the file itself.
    const handlers = counting(stub, count) as unknown as Handlers<(typeof File)['routines']>;
    return { file: system.serve(File, handlers, { onNoSenders }).right(), size };
  };
  return {
    files: fs({ ...counted, open }),
    isKilled: () => calls >= at,
    async [Symbol.asyncDispose]() {
      vfs[Symbol.dispose]();
    },
  };
}

/** The same stub, with `count` before each call and after each answer. */
function counting<S extends object>(stub: S, count: () => void): S {
  const counted: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(stub) as [string, (...args: unknown[]) => unknown][]) {
    counted[name] = async (...args: unknown[]) => {
      count();
      const answer = await call(...args);
      count();
      return answer;
    };
  }
  return counted as S;
}

async function commit(files: FsClient, n: number): Promise<string> {
  const filepath = fileOf(n);
  await files.writeFile(`/repo/${filepath}`, textOf(n));
  await git.add({ fs: files, dir: '/repo', filepath });
  return await git.commit({ fs: files, dir: '/repo', message: `commit ${n}`, author: AUTHOR });
}

function fileOf(n: number): string {
  return `${n % 7}.txt`;
}

function textOf(n: number): string {
  return `content ${n}\n`.repeat(50);
}

/** Numbers from 1 to `most`, the same for the same seed. */
function numbers(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 1 + ((state >>> 8) % most);
  };
}

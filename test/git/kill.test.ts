import { type Stub, type System } from 'easync';
import { fs, type FsClient } from 'easync/servers/fs';
import { Vfs } from 'easync/servers/vfs';
import git from 'isomorphic-git';
import { expect, test } from 'vitest';

import { server } from '../support/file-systems.ts';
import { Scratch } from '../support/scratch.ts';
import { testSystem } from '../support/system.ts';
import { realGit } from './history.ts';

// The driver under a repository is killed while commits run. isomorphic-git writes objects, refs and the index with `writeFile`,
// in place. On Node's, and on a client without `atomic`, a kill between the opening and the writing leaves an empty file under the
// final name: a branch without a commit, or an object that later commits take for good since it is there. With `atomic` that cannot
// be, and what holds is what stands below.

const KILLS = 5;
const AUTHOR = { name: 'Ann Author', email: 'ann@example.org', timestamp: 1_700_000_000, timezoneOffset: 0 };

test.each([2, 3])('no commit that was acknowledged is lost, and nothing is torn (seed %i)', async (seed) => {
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
    await using run = await openKillable(system.sys, scratch.path, random(300));
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
    expect(await realGit(repository, ['fsck', '--full', '--strict', '--no-dangling'])).toBe('');
  }

  await using end = await openKillable(system.sys, scratch.path, Number.POSITIVE_INFINITY);
  for (let again = 0; again <= next; again++) await end.files.writeFile(`/repo/${again % 7}.txt`, textOf(again));
  await git.add({ fs: end.files, dir: '/repo', filepath: '.' });
  acknowledged.push(await git.commit({ fs: end.files, dir: '/repo', message: 'end', author: AUTHOR }));
  expect((await realGit(repository, ['rev-list', 'main'])).trim().split('\n')).toEqual(acknowledged.toReversed());
  expect(await realGit(repository, ['fsck', '--full', '--strict', '--no-dangling'])).toBe('');
  expect(await realGit(repository, ['diff', 'HEAD'])).toBe('');
  expect(acknowledged.length).toBeGreaterThan(KILLS);
});

type Killable = AsyncDisposable & { files: FsClient; isKilled: () => boolean };

/** hostfs in a process of its own, which is killed at the call with that number: before the call, or after its answer. */
async function openKillable(system: System, root: string, at: number): Promise<Killable> {
  const vfs = await system.open(Vfs, server('hostfs'), { place: 'process', options: { root } });
  const { pid } = await vfs.where();
  let calls = 0;
  const count = (): void => {
    if (++calls === at) process.kill(pid, 'SIGKILL');
  };
  return {
    files: fs(counting(vfs, count), { atomic: true }),
    isKilled: () => calls >= at,
    async [Symbol.asyncDispose]() {
      vfs[Symbol.dispose]();
    },
  };
}

/** The same stub, with `count` before each call and after each answer. */
function counting(vfs: Stub<typeof Vfs>, count: () => void): Stub<typeof Vfs> {
  const counted: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(vfs) as [string, (...args: unknown[]) => unknown][]) {
    counted[name] = async (...args: unknown[]) => {
      count();
      const answer = await call(...args);
      count();
      return answer;
    };
  }
  return counted as unknown as Stub<typeof Vfs>;
}

async function commit(files: FsClient, n: number): Promise<string> {
  const filepath = `${n % 7}.txt`;
  await files.writeFile(`/repo/${filepath}`, textOf(n));
  await git.add({ fs: files, dir: '/repo', filepath });
  return await git.commit({ fs: files, dir: '/repo', message: `commit ${n}`, author: AUTHOR });
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

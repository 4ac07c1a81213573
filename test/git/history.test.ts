import git from 'isomorphic-git';
import { describe, expect, test } from 'vitest';

import { exportTree, FILE_SYSTEMS, openFiles } from '../support/file-systems.ts';
import { Scratch } from '../support/scratch.ts';
import { testSystem } from '../support/system.ts';
import { makeHistory, makeRealHistory, realGit } from './history.ts';

/** And beside another driver in one process. */
const GROUPED = [{ kind: 'hostfs', place: 'process:files' }] as const;

describe.each([...FILE_SYSTEMS, ...GROUPED])('isomorphic-git on $kind, $place', ({ kind, place }) => {
  test('makes the history that the real git makes, and the real git finds no fault with it', async () => {
    await using scratch = await Scratch.make();
    await using system = await testSystem();
    await using opened = await openFiles(system.sys, kind, place);
    const { files, root } = opened;

    const ids = await makeHistory(files, '/repo');
    expect(ids).toEqual(await makeRealHistory(scratch.join('real')));
    expect(ids.length).toBe(4);
    expect(await files.readFile('/repo/link', 'utf8')).toContain('topic\n');
    const matrix = await git.statusMatrix({ fs: files, dir: '/repo' });
    expect(matrix.filter(([, ...states]) => states.join() !== '1,1,1')).toEqual([]);
    expect(matrix.length).toBe(8);

    const seen = kind === 'hostfs' ? `${root}/repo` : scratch.join('seen');
    if (kind !== 'hostfs') await exportTree(files, '/repo', seen);
    expect(await realGit(seen, ['fsck', '--full', '--strict'])).toBe('');
    expect(await realGit(seen, ['status', '--porcelain'])).toBe('');
    expect((await realGit(seen, ['rev-parse', 'HEAD'])).trim()).toBe(ids[0]);
  });
});

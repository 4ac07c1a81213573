import { fs } from 'easync/servers/fs';
import type { Vfs } from 'easync/servers/vfs';
import type { Stub } from 'easync';
import { expect, test } from 'vitest';

import { openFiles } from '../../support/file-systems.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

test.each(['memfs', 'hostfs'] as const)(
  'rm does not go through a link that came in the place of a directory (%s)',
  async (kind) => {
    await using system = await testSystem();
    await using opened = await openFiles(system.sys, kind, 'inline');
    const { files, vfs } = opened;
    await files.mkdir('/tree/sub', { recursive: true });
    await files.mkdir('/precious');
    await files.writeFile('/precious/data', 'kept');

    let swaps = 0;
    const readdir: Stub<typeof Vfs>['readdir'] = async (args) => {
      const answer = await vfs.readdir(args);
      if (args.path === 'tree' && swaps++ === 0) {
        await files.rmdir('/tree/sub');
        await files.symlink('/precious', '/tree/sub');
      }
      return answer;
    };
    const raced = fs({ ...vfs, readdir });
    const error = await rejection(raced.rm('/tree', { recursive: true }));
    expect(error).toMatchObject({ code: 'ENOTDIR', syscall: 'scandir', path: '/tree/sub' });
    expect(await files.readFile('/precious/data', 'utf8')).toBe('kept');

    await files.rm('/tree', { recursive: true });
    expect([swaps, await files.readdir('/')]).toEqual([1, ['precious']]);
  },
);

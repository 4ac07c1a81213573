import { expect, test } from 'vitest';

import { openFiles } from '../../support/file-systems.ts';
import { testSystem } from '../../support/system.ts';

test('a directory that is longer than one reply comes whole, and goes', async () => {
  await using system = await testSystem();
  await using opened = await openFiles(system.sys, 'memfs', 'inline');
  const { files } = opened;
  const names = Array.from({ length: 9000 }, (_, i) => `${i}`);
  await files.mkdir('/d');
  await Promise.all(names.map((name) => files.mkdir(`/d/${name}`)));
  expect(new Set(await files.readdir('/d'))).toEqual(new Set(names));
  await files.rm('/d', { recursive: true });
  expect(await files.readdir('/')).toEqual([]);
});

import { expect, test } from 'vitest';

import { openFiles } from '../../support/file-systems.ts';
import { testSystem } from '../../support/system.ts';

// What Node's documentation allows, and its version 20 takes for the current position.
test('a position can be a bigint in every call that takes one', async () => {
  await using system = await testSystem();
  await using opened = await openFiles(system.sys, 'memfs', 'inline');
  const { files } = opened;
  await files.writeFile('/file', '0123456789');
  await using handle = await files.open('/file', 'r+');
  const into = Buffer.alloc(2);
  const position = 3n as unknown as number;
  await handle.read(into, 0, 2, position);
  expect(String(into)).toBe('34');
  await handle.read({ buffer: into, position: 5n as unknown as number });
  expect(String(into)).toBe('56');
  await handle.readv([into], position);
  expect(String(into)).toBe('34');
  await handle.write(Buffer.from('a'), 0, 1, position);
  await handle.write('b', 4n as unknown as number);
  await handle.writev([Buffer.from('c'), Buffer.from('d')], 5n as unknown as number);
  expect(await files.readFile('/file', 'utf8')).toBe('012abcd789');
});

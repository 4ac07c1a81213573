import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { page, ROOT } from './markdown.ts';

test('docs/protocol.md is what the tables say', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/protocol-doc.js')]);
  expect(page('docs/protocol.md')).toBe(stdout);
  expect(stdout).not.toContain('undefined');
});

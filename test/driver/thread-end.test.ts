import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Program } from '../support/processes.ts';

test('a driver that leaves a timer running in its thread does not keep the process alive', async () => {
  await using program = new Program([fileURLToPath(new URL('../fixtures/leaves-timer.js', import.meta.url))]);
  expect(await program.line()).toBe('left');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

import { afterAll, expect } from 'vitest';
import { activeResources } from './active-resources.ts';
import { endFile } from './at-file-end.ts';
import { waiting, within } from './until.ts';

// Before each file. What it changes in its process is there for the next one, too.
const resources = activeResources();
const environment = { ...process.env };
const directory = process.cwd();
const listeners = listenersOfProcess();

afterAll(async () => {
  await endFile(resources);
  // One that need not any more has yet to look.
  await within(1_000, () => waiting.size === 0);
  expect(
    [...waiting].map(({ stack }) => stack),
    'conditions that are waited for after the tests',
  ).toEqual([]);
  expect(process.env, 'the environment after the tests').toEqual(environment);
  expect(process.cwd(), 'the directory after the tests').toBe(directory);
  expect(listenersOfProcess(), 'listeners of the process after the tests').toEqual(listeners);
});

function listenersOfProcess(): Record<string, number> {
  return Object.fromEntries(process.eventNames().map((event) => [String(event), process.listenerCount(event)]));
}

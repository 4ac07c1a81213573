import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { FORMS } from './forms.ts';

const THREAD = new URL('./fixtures/sharing-thread.js', import.meta.url);
const descriptors = (): number => readdirSync('/proc/self/fd').length;

test.runIf(process.platform === 'linux').each(FORMS)(
  'a thread shares memory like a process, and its descriptors end with it, $form',
  async ({ create }) => {
    using file = create(4096);
    using memory = file.window(0, 4096);
    memory.store(8, 41);
    const before = descriptors();
    const thread = new Worker(THREAD, { workerData: file.fd });
    const exited = once(thread, 'exit');
    const [warnings] = (await once(thread, 'message')) as [string[]];
    await exited;
    expect(warnings).toEqual([]);
    expect(memory.load(8)).toBe(42);
    expect(descriptors()).toBe(before);
  },
);

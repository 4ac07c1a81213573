import { make } from 'easync';
import { expect, test } from 'vitest';
import { Lab, LAB } from './lab.ts';
import { testSystem } from './system.ts';

// The harness itself: what a test leaves behind has to be seen.
test.fails('a right that is left behind fails the test', async () => {
  await using t = await testSystem();
  using lab = await t.sys.open(Lab, LAB, { place: 'process' });
  await lab.keep({ right: make.send(t.sys.task.allocate()) });
});

test.fails('a driver that is left behind fails the test', async () => {
  await using t = await testSystem();
  const lab = await t.sys.open(Lab, LAB, { place: 'thread' });
  expect(await lab.echo(1)).toBe(1);
});

test('a failure of the test itself is what is reported', async () => {
  const run = async (): Promise<void> => {
    await using t = await testSystem();
    expect(t.output).toEqual([]);
    throw new RangeError('the test failed');
  };
  await expect(run()).rejects.toThrow('the test failed');
});

import { copy, portOf } from 'easync';
import { describe, expect, test } from 'vitest';
import { fixture, Lab, LAB, PLACEMENTS } from '../../support/lab.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

describe.each(PLACEMENTS)('$where', ({ place, check }) => {
  test('state is per open, not per module', async () => {
    await using t = await testSystem({ check });
    using one = await t.sys.open(Lab, LAB, { place, options: { size: 1 } });
    using two = await t.sys.open(Lab, LAB, { place, options: { size: 2 }, name: 'second' });
    expect([await one.opened(), await one.opened(), await two.opened()]).toEqual([
      { options: { size: 1 }, name: 'lab', count: 1 },
      { options: { size: 1 }, name: 'lab', count: 2 },
      { options: { size: 2 }, name: 'second', count: 1 },
    ]);
  });

  test('it runs where it was asked to', async () => {
    await using t = await testSystem({ check });
    using lab = await t.sys.open(Lab, LAB, { place });
    const { pid, threadId } = await lab.where();
    const broker = (await t.sys.host?.ps())?.pid;
    expect(pid === process.pid).toBe(place === 'inline' || place === 'thread');
    expect(pid === broker).toBe(place === 'broker');
    if (place === 'thread') expect(threadId).toBeGreaterThan(0);
  });

  test('disposing the stub ends the driver; another holder of its right keeps it', async () => {
    await using t = await testSystem({ check });
    const lab = await t.sys.open(Lab, LAB, { place });
    using other = t.sys.bind(Lab, copy(portOf(lab)));
    lab[Symbol.dispose]();
    expect(await other.echo(1)).toBe(1);
  });

  test('a module by path against cwd', async () => {
    await using t = await testSystem({ check });
    using lab = await t.sys.open(Lab, './lab.js', { place, cwd: new URL('.', LAB).pathname });
    expect(await lab.echo(1)).toBe(1);
  });

  test('a module by package specifier', async () => {
    await using t = await testSystem({ check });
    const error = await rejection(t.sys.open(Lab, 'easync', { place }));
    expect(error).toMatchObject({ code: 'EMODULE' });
    expect(error.message).toContain('exports no driver');
    expect((await rejection(t.sys.open(Lab, 'no-such-package', { place }))).message).toContain(
      "no package 'no-such-package' is installed",
    );
  });

  test.each([
    ['modules/nowhere.js', 'EMODULE', "starts at the working directory, new URL('./x.js', import.meta.url)"],
    ['modules/needs-missing.js', 'EMODULE', 'was not found'],
    ['modules/throws.js', 'EMODULE', 'this module cannot be loaded'],
    ['modules/no-driver.js', 'EMODULE', 'export default defineDriver'],
    ['modules/lacks-handlers.js', 'EMODULE', "has no function 'echoLater'"],
    ['modules/factory-throws.js', 'E_PAPER', 'no paper'],
  ])('%s: a clear error, and nothing stays behind', async (module, code, text) => {
    await using t = await testSystem({ check });
    const error = await rejection(t.sys.open(Lab, fixture(module), { place }));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(text);
  });

  // Inline, the test runner's own loader would load it.
  const needsLoader = place !== 'inline' && Number(process.versions.node.split('.')[0]) < 22;
  test.runIf(needsLoader)('a .ts module without a loader says what to do', async () => {
    await using t = await testSystem({ check });
    const error = await rejection(t.sys.open(Lab, fixture('modules/needs-loader.ts'), { place }));
    expect(error).toMatchObject({ code: 'EMODULE' });
    expect(error.message).toContain('build it to JavaScript, or give the process a loader');
  });
});

test('a process that ends while it loads', async () => {
  await using t = await testSystem();
  const error = await rejection(t.sys.open(Lab, fixture('modules/exits.js'), { place: 'process' }));
  expect(error).toMatchObject({ code: 'ESPAWN', object: 'exits' });
  expect(error.message).toContain('exit code 5');
});

test('a thread that ends while it loads', async () => {
  await using t = await testSystem();
  const error = await rejection(t.sys.open(Lab, fixture('modules/exits.js'), { place: 'thread' }));
  expect(error).toMatchObject({ code: 'ESPAWN', object: 'exits' });
});

test('a placement that there is not', async () => {
  await using t = await testSystem();
  const error = await rejection(t.sys.open(Lab, LAB, { place: 'attic' as 'inline' }));
  expect(error).toMatchObject({ code: 'EINVAL' });
  expect(error.message).toContain("there is no placement 'attic'");
});

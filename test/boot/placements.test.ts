import { boot, type BootOptions, defineSubsystem, type Placement, routine } from 'easync';
import { Vfs } from 'easync/servers/vfs';
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { Lab, LAB } from '../support/lab.ts';
import { rejection } from '../support/rejection.ts';
import { Scratch } from '../support/scratch.ts';
import { testSystem } from '../support/system.ts';

test('a file moves drivers by their names; what open says itself goes first', async () => {
  await using scratch = await Scratch.make();
  const path = scratch.join('easync.placements.json');
  await writeFile(path, JSON.stringify({ lab: 'thread', disk: 'process:disks', '*': 'process' }));
  for (const placements of [path, pathToFileURL(path)]) {
    await using t = await testSystem({ placements });
    using thread = await t.sys.open(Lab, LAB);
    using grouped = await t.sys.open(Lab, LAB, { name: 'disk' });
    using explicit = await t.sys.open(Lab, LAB, { name: 'disk', place: 'inline' });
    using other = await t.sys.open(Lab, LAB, { name: 'toString' });
    expect((await thread.where()).threadId).toBeGreaterThan(0);
    expect(await explicit.where()).toEqual({ pid: process.pid, threadId: 0 });
    const labels = (await t.sys.host?.ps())?.tasks.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['lab', 'disks', 'toString']));
    expect((await grouped.where()).pid).not.toBe((await other.where()).pid);
  }
});

test('the environment names the file; boot may say otherwise; without either, drivers run inline', async () => {
  await using scratch = await Scratch.make();
  const path = scratch.join('by-environment.json');
  await writeFile(path, '{ "*": "thread" }');
  expect(await threadWith({ label: 'test' })).toBe(0);
  vi.stubEnv('EASYNC_PLACEMENTS', path);
  try {
    expect(await threadWith({ label: 'test' })).toBeGreaterThan(0);
    expect(await threadWith({ placements: {} })).toBe(0);
    expect(await threadWith({ placements: { other: 'process' } })).toBe(0);
  } finally {
    vi.unstubAllEnvs();
  }
});

test('a module of a folder has the name of the folder', async () => {
  await using t = await testSystem();
  using _files = await t.sys.open(Vfs, 'easync/servers/hostfs', { options: { root: process.cwd() } });
  expect(t.sys.drivers).toEqual(['hostfs']);
});

test('what is no option, no subsystem and no right is told before anything is started', async () => {
  const wrong = (value: unknown): never => value as never;
  const told = { code: 'EINVAL' };
  expect(await rejection(boot(wrong('west')))).toMatchObject(told);
  await using t = await testSystem();
  expect(await rejection(t.sys.open(wrong(LAB), LAB))).toMatchObject(told);
  expect(() => t.sys.bind(Lab, wrong(undefined))).toThrow(/EINVAL: bind: lab: a stub stands on a send right/);
  expect(() => defineSubsystem('desk', { ask: wrong(routine) })).toThrow(/'ask' is no routine; write ask: routine\(\)/);
});

const ALLOWED = 'use inline, thread, process, process:NAME';

test.each([
  ['an unknown placement', '{ "lab": "attic" }', `"lab": there is no placement 'attic'; ${ALLOWED}`],
  ['a group without a name', '{ "*": "process:" }', `"*": there is no placement 'process:'; ${ALLOWED}`],
  ['a wrong type', '{ "lab": ["process"] }', `"lab": there is no placement ["process"]; ${ALLOWED}`],
  ['no object', '["process"]', 'must be an object like { "ramdisk": "process", "*": "inline" }, not ["process"]'],
  ['nothing', 'null', 'must be an object'],
  ['no JSON', '{ lab: process }', 'is not JSON: '],
])('%s is told at boot, with the file, the key and what is allowed', async (_what, contents, text) => {
  await using scratch = await Scratch.make();
  const path = scratch.join('placements.json');
  await writeFile(path, contents);
  const error = await rejection(boot({ placements: path }));
  expect(error).toMatchObject({ name: 'IpcError', code: 'EINVAL', op: 'boot' });
  expect(error.message).toContain(path);
  expect(error.message).toContain(text);
});

test('a file that is not there, and an object that is wrong', async () => {
  await using scratch = await Scratch.make();
  const missing = await rejection(boot({ placements: scratch.join('nowhere.json') }));
  expect(missing).toMatchObject({ code: 'EINVAL', object: scratch.join('nowhere.json') });
  expect(missing.message).toMatch(/nowhere\.json cannot be read: ENOENT.* \(EASYNC_PLACEMENTS\)/);
  const wrong = await rejection(boot({ placements: { lab: 'attic' as Placement } }));
  expect(wrong.message).toContain(`EINVAL: placements: "lab": there is no placement 'attic'`);
});

async function threadWith(options: BootOptions): Promise<number> {
  await using t = await testSystem(options);
  using lab = await t.sys.open(Lab, LAB);
  return (await lab.where()).threadId;
}

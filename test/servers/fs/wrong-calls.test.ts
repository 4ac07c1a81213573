import { likeNode } from './oracle.ts';

/** What is no path for anybody. */
const NO_PATHS = [undefined, null, 5, 5.5, true, {}, [], () => 'x', Symbol('s'), 10n, 'nul\0', Buffer.of(0x61, 0)];

const METHODS = [
  'readFile',
  'writeFile',
  'appendFile',
  'readdir',
  'stat',
  'lstat',
  'access',
  'chmod',
  'utimes',
  'lutimes',
]
  .concat([
    'truncate',
    'mkdir',
    'rmdir',
    'rm',
    'unlink',
    'readlink',
    'realpath',
    'open',
    'rename',
    'copyFile',
    'symlink',
  ])
  .concat(['mkdtemp']);

/** Further arguments that a method needs to get as far as the path. */
const REST: Readonly<Record<string, unknown[]>> = {
  writeFile: ['data'],
  appendFile: ['data'],
  chmod: [0o600],
  utimes: [1, 1],
  lutimes: [1, 1],
  rename: ['/b'],
  copyFile: ['/b'],
  symlink: ['/b'],
};

likeNode({
  async 'no path at all'({ fs, see }) {
    for (const method of METHODS) {
      const call = fs[method as keyof typeof fs] as unknown as (...args: unknown[]) => unknown;
      await see(() => call());
      for (const path of NO_PATHS) await see(() => call(path, ...(REST[method] ?? [])));
    }
    for (const path of NO_PATHS) {
      await see(() => fs.rename('/a', path as string));
      await see(() => fs.copyFile('/a', path as string));
      await see(() => fs.symlink('/a', path as string));
    }
  },

  async 'URLs that are no files'({ fs, see }) {
    await see(() => fs.stat(new URL('https://example.org/x')));
    await see(() => fs.stat(new URL('file://host/x')));
    await see(() => fs.stat(new URL('file:///a%2fb')));
  },

  async 'flags and modes'({ fs, at, see }) {
    for (const flags of ['', 'z', 'rw', 'r++', 5.5, 2 ** 32, {}, true, Number.NaN]) {
      await see(() => fs.open(at('/none/x'), flags as string));
    }
    for (const mode of ['8', '', 'rwx', -1, 2 ** 32, 5.5, {}, true, Number.NaN]) {
      await see(() => fs.open(at('/none/x'), 'w', mode as number));
      await see(() => fs.chmod(at('/none'), mode as number));
      await see(() => fs.mkdir(at('/none/x'), { mode: mode as number }));
    }
    await see(() => fs.chmod(at('/none'), undefined as never));
    // Node's texts for these are not of its usual form.
    for (const mode of [8, -1, 'x', {}]) {
      await see(() => fs.access(at('/none'), mode as number).catch(codeOf));
      await see(() => fs.copyFile(at('/none'), at('/x'), mode as number).catch(codeOf));
    }
  },

  async options({ fs, at, see }) {
    for (const options of [5, true, 'no such encoding', { encoding: 'none' }, { encoding: 5 }, Symbol('x')]) {
      await see(() => fs.readFile(at('/none'), options as never));
      await see(() => fs.writeFile(at('/none/x'), 'x', options as never));
      await see(() => fs.readdir(at('/none'), options as never));
      await see(() => fs.readlink(at('/none'), options as never));
      await see(() => fs.realpath(at('/none'), options as never));
    }
    await see(() => fs.readFile(at('/none'), { signal: {} } as never));
    await see(() => fs.readFile(at('/none'), { flag: 'zz' }));
    await see(() => fs.writeFile(at('/none/x'), 'x', { flush: 'yes' } as never));
    await see(() => fs.mkdir(at('/x'), { recursive: 'yes' } as never));
    await see(() => fs.rm(at('/x'), { recursive: 'yes' } as never));
    await see(() => fs.rm(at('/x'), { force: 1 } as never));
    await see(() => fs.symlink('x', at('/x'), 'soft' as never));
    await see(() => fs.readdir(at('/none'), (() => undefined) as never));
  },

  async 'data and lengths'({ fs, at, see }) {
    for (const chunks of [[5], [{}], ['a', null]]) {
      await see(() => fs.writeFile(at('/file'), chunks as never).catch(codeOf));
    }
    for (const data of [undefined, null, 5, true, {}, Symbol('s'), () => 'x', new Date(0)]) {
      await see(() => fs.writeFile(at('/file'), data as never));
      await see(() => fs.appendFile(at('/file'), data as never));
    }
    await fs.writeFile(at('/file'), 'x');
    for (const length of ['5', 1.5, Number.NaN, {}, null]) await see(() => fs.truncate(at('/file'), length as number));
    for (const time of ['x', '', {}, null, undefined, Number.NaN, Number.POSITIVE_INFINITY, Symbol('s')]) {
      await see(() => fs.utimes(at('/file'), time as number, 1));
      await see(() => fs.utimes(at('/file'), 1, time as number));
      await see(() => fs.lutimes(at('/file'), time as number, 1));
    }
  },
});

function codeOf(error: NodeJS.ErrnoException): unknown {
  return [error.name, error.code];
}

import type { FsClient } from 'easync/servers/fs';

import { likeNode } from './oracle.ts';

likeNode({
  async mkdir({ fs, at, see }) {
    await fs.writeFile(at('/file'), '');
    await see(() => fs.mkdir(at('/d')));
    await see(() => fs.mkdir(at('/d')));
    await see(() => fs.mkdir(at('/slash/')));
    await see(() => fs.mkdir(at('/file')));
    await see(() => fs.mkdir(at('/none/x')));
    await see(() => fs.mkdir(at('/file/x')));
    await see(() => fs.mkdir(at('/private'), 0o700));
    await see(() => fs.mkdir(at('/octal'), { mode: '0710' }));
    for (const path of ['/private', '/octal', '/d']) await see(async () => (await fs.stat(at(path))).mode);
    await see(() => fs.mkdir(at('/d/e/f/g'), { recursive: true }));
    await see(() => fs.mkdir(at('/d/e/f/g'), { recursive: true }));
    await see(() => fs.mkdir(at('/d/e/x'), { recursive: true }));
    await see(() => fs.mkdir(at('/file'), { recursive: true }));
    await see(() => fs.mkdir(at('/file/below/it'), { recursive: true }));
  },

  async readdir({ fs, at, see }) {
    for (const path of ['/a', '/a/b', '/a/b/c', '/z']) await fs.mkdir(at(path));
    for (const path of ['/one', '/a/two', '/a/b/\u00e9', '/a/b/c/four']) await fs.writeFile(at(path), path);
    await fs.symlink('a', at('/link'));
    await fs.symlink('nowhere', at('/a/dangling'));
    const entries = async (path: string, recursive = false): Promise<unknown> => {
      const found = await fs.readdir(at(path), { withFileTypes: true, recursive });
      return found
        .map((entry) => {
          const is = [entry.isFile(), entry.isDirectory(), entry.isSymbolicLink()];
          return { name: entry.name, old: entry.path, parentPath: entry.parentPath, is };
        })
        .sort((a, b) => `${a.parentPath}/${a.name}`.localeCompare(`${b.parentPath}/${b.name}`));
    };
    for (const path of ['', '/', '/a', '/z', '/link', '/none', '/one']) {
      await see(async () => (await fs.readdir(at(path))).sort());
      await see(() => entries(path));
    }
    await see(async () => (await fs.readdir(at('/z/..'))).sort());
    await see(async () => (await fs.readdir(at(''), { recursive: true })).sort());
    await see(() => entries('', true));
    await see(async () => (await fs.readdir(at('/a/b'), 'buffer')).map(String).sort());
    await see(async () => (await fs.readdir(at('/a/b'), { encoding: 'hex' as 'utf8' })).sort());
  },

  async 'rmdir, unlink and rm'({ fs, at, see }) {
    const make = async (): Promise<void> => {
      await fs.mkdir(at('/full/deep/er'), { recursive: true });
      await fs.mkdir(at('/empty'), { recursive: true });
      await fs.writeFile(at('/full/file'), '');
      await fs.writeFile(at('/file'), '');
      await fs.rm(at('/link'), { force: true });
      await fs.symlink('full', at('/link'));
    };
    for (const path of ['/full', '/empty', '/file', '/link', '/none', '/file/x', '/empty/', '/file/', '']) {
      await make();
      await see(() => fs.rmdir(at(path)));
      await make();
      await see(() => fs.unlink(at(path)));
      await make();
      await see(() => fs.rm(at(path)));
      await make();
      await see(() => fs.rm(at(path), { force: true }));
      if (path === '') continue;
      await make();
      await see(() => fs.rm(at(path), { recursive: true }));
      await make();
      await see(() => fs.rm(at(path), { recursive: true, force: true }));
      await see(async () => (await fs.readdir(at(''), { recursive: true })).sort());
    }
  },

  async 'what a link leads to stays'({ fs, at, see }) {
    for (const path of [
      '/to-d',
      '/to-d/',
      '/to-file',
      '/dangling',
      '/dangling/',
      '/tree',
      '/tree/',
      '/none',
      '/none/',
    ]) {
      for (const call of ['rmdir', 'rm'] as const) {
        await fs.mkdir(at('/d'), { recursive: true });
        await fs.mkdir(at('/tree'), { recursive: true });
        await fs.writeFile(at('/d/precious'), '');
        await fs.rm(at('/tree/inner'), { force: true });
        const links = { '/to-d': 'd', '/to-file': 'd/precious', '/dangling': 'nowhere', '/tree/inner': '../d' };
        for (const [link, target] of Object.entries(links)) {
          await fs.rm(at(link), { force: true });
          await fs.symlink(target, at(link));
        }
        await see(() => fs[call](at(path), { recursive: true }));
        await see(() => entries(fs, at('')));
      }
    }
  },

  async 'an ending slash or dot'({ fs, at, see }) {
    const calls: Record<string, (path: string) => unknown> = {
      writeFile: (path) => fs.writeFile(path, 'x'),
      appendFile: (path) => fs.appendFile(path, 'x'),
      open: async (path) => (await fs.open(path, 'w')).close(),
      'open wx': async (path) => (await fs.open(path, 'wx')).close(),
      'open r+': async (path) => (await fs.open(path, 'r+')).close(),
      readFile: (path) => fs.readFile(path, 'utf8'),
      truncate: (path) => fs.truncate(path, 1),
      'copyFile to': (path) => fs.copyFile(at('/source'), path),
      'copyFile from': (path) => fs.copyFile(path, at('/fresh')),
      'rename a file to': (path) => fs.rename(at('/source'), path),
      'rename a directory to': (path) => fs.rename(at('/empty'), path),
      'rename nothing to': (path) => fs.rename(at('/nothing'), path),
      'rename from': (path) => fs.rename(path, at('/fresh')),
      symlink: (path) => fs.symlink('source', path),
      readlink: (path) => fs.readlink(path),
      realpath: (path) => fs.realpath(path),
      unlink: (path) => fs.unlink(path),
      rmdir: (path) => fs.rmdir(path),
      rm: (path) => fs.rm(path),
      'rm with all': (path) => fs.rm(path, { recursive: true }),
      mkdir: (path) => fs.mkdir(path),
      lstat: async (path) => (await fs.lstat(path)).isDirectory(),
      readdir: (path) => fs.readdir(path),
      access: (path) => fs.access(path),
      lutimes: (path) => fs.lutimes(path, 1, 1),
    };
    const links = { '/to-d': 'full', '/link': 'file', '/dangling': 'nowhere' };
    const make = async (): Promise<string> => {
      await fs.rm(at(''), { recursive: true });
      await fs.mkdir(at('/full/in'), { recursive: true });
      await fs.mkdir(at('/empty'));
      for (const file of ['/file', '/source']) await fs.writeFile(at(file), file);
      for (const [link, target] of Object.entries(links)) await fs.symlink(target, at(link));
      return String(await entries(fs, at('')));
    };
    const before = await make();
    const names = ['/full', '/empty', '/file', '/to-d', '/link', '/dangling', '/none', '/none/x', '/file/x'];
    const paths = [...names.map((name) => `${name}/`), '/full/.', '/to-d/.', '/file/.', '/none/.'];
    for (const path of paths) {
      for (const [name, call] of Object.entries(calls)) {
        await see(async () => [name, path, await call(at(path))]);
        let after: string[] = [];
        await see(async () => (after = await entries(fs, at(''))));
        if (String(after) !== before) await make();
      }
    }
  },

  async mkdtemp({ fs, at, see }) {
    await see(async () => (await fs.mkdtemp(at('/t-'))).replace(/\w{6}$/, 'RANDOM'));
    await see(async () => {
      const error: unknown = await fs.mkdtemp(at('/none/t-')).catch((refusal: unknown) => refusal);
      return String(error).replace(/\w{6}'$/, "RANDOM'");
    });
    await see(async () => (await fs.readdir(at(''))).length);
    await see(async () => (await fs.stat(await fs.mkdtemp(at('/t-')))).mode);
  },
});

/** All names, in order. Node lists what links lead to as well, if it is asked for names alone. */
async function entries(fs: FsClient, path: string): Promise<string[]> {
  const found = await fs.readdir(path, { recursive: true, withFileTypes: true });
  return found.map((entry) => `${entry.parentPath}/${entry.name}`).sort();
}

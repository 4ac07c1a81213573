import { constants, type Stats } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { likeNode, type Scene } from './oracle.ts';

likeNode({
  async 'stat and lstat'({ fs, at, see }) {
    await tree({ fs, at });
    for (const path of PATHS) {
      await see(async () => shape(await fs.stat(at(path))));
      await see(async () => shape(await fs.lstat(at(path))));
    }
    await see(async () => Object.keys(await fs.stat(at('/file'))).sort());
    await see(async () => Object.keys(await fs.stat(at('/file'), { bigint: true })).sort());
    await see(async () => (await fs.stat(at('/file'), { bigint: true })).size);
    await see(async () => (await fs.stat(at('/file'), { bigint: true })).isFile());
    await see(async () => (await fs.stat(at('/file'))).ino === (await fs.stat(at('/link'))).ino);
    await see(async () => (await fs.stat(at('/file'))).mtime instanceof Date);
  },

  async 'access and chmod'({ fs, at, see }) {
    await tree({ fs, at });
    for (const path of PATHS) {
      for (const mode of [undefined, constants.R_OK, constants.W_OK, constants.X_OK]) {
        await see(() => fs.access(at(path), mode));
      }
      await see(() => fs.chmod(at(path), 0o700));
      await see(() => fs.chmod(at(path), '644'));
      await see(async () => (await fs.stat(at(path))).mode);
    }
  },

  async 'utimes and lutimes'({ fs, at, see }) {
    await tree({ fs, at });
    const times = [1_600_000_000, 1_600_000_000.25, new Date(1_500_000_000_123), '1400000000'] as const;
    for (const path of PATHS) {
      for (const time of times) {
        await see(() => fs.utimes(at(path), time, 1_700_000_000));
        await see(() => fs.lutimes(at(path), 1_300_000_000, time));
        await see(async () => [(await fs.stat(at(path))).atime, (await fs.stat(at(path))).mtime]);
        // A host sets a link's `atime` when it follows it, and memory does not.
        await see(async () => Math.round((await fs.lstat(at(path))).mtimeMs));
      }
    }
  },

  async links({ fs, at, see }) {
    await tree({ fs, at });
    for (const path of PATHS) {
      await see(() => fs.readlink(at(path)));
      await see(() => fs.realpath(at(path)));
      await see(() => fs.readFile(at(path), 'utf8'));
      await see(() => fs.symlink('anything', at(path)));
    }
    await see(() => fs.symlink('', at('/empty')));
    await see(() => fs.symlink('x', at('/none/link')));
    await see(() => fs.readlink(at('/link'), 'buffer'));
    await see(() => fs.writeFile(at('/dangling'), 'through'));
    await see(() => fs.readFile(at('/nowhere'), 'utf8'));
    await see(() => fs.writeFile(at('/link'), 'exclusive', { flag: 'wx' }));
    await see(() => fs.unlink(at('/link')));
    await see(() => fs.readFile(at('/file'), 'utf8'));
  },

  async rename({ fs, at, see }) {
    for (const from of ['/full', '/file', '/d', '/to-d', '/dangling', '/none']) {
      for (const to of ['/file', '/d', '/full', '/d/new', '/link', '/none/x', '/file/x', '/full/x/y']) {
        await fs.rm(at(''), { recursive: true });
        await fs.mkdir(at('/full/x'), { recursive: true });
        await tree({ fs, at });
        await see(() => fs.rename(at(from), at(to)));
        await see(async () => (await fs.readdir(at(''), { recursive: true })).sort());
      }
    }
  },

  async 'forms of paths'({ fs, at, see }) {
    await tree({ fs, at });
    const forms = [Buffer.from(at('/file')), pathToFileURL(at('/file')), at('/d/../file'), at('//d/./in')];
    for (const path of forms) await see(() => fs.readFile(path, 'utf8'));
    await see(() => fs.stat(Buffer.from(at('/none'))));
    await see(() => fs.stat(pathToFileURL(at('/none'))));
    await see(() => fs.stat(at('/none/../none')));
    const odd = Buffer.concat([Buffer.from(at('/')), Buffer.of(0x61, 0xff, 0x27, 0x0a)]);
    await see(() => fs.writeFile(odd, 'odd'));
    await see(() => fs.readFile(odd, 'utf8'));
    await see(async () => (await fs.readdir(at(''), 'buffer')).map((name) => name.toString('hex')).sort());
    await see(async () => (await fs.readdir(at(''))).sort());
    await see(() => fs.unlink(odd));
    for (const method of ['stat', 'readFile', 'unlink', 'readdir', 'mkdir', 'rmdir', 'realpath'] as const) {
      await see(() => (fs[method] as (path: string) => unknown)(''));
    }
    await see(() => fs.rename('', at('/x')));
    await see(() => fs.rename(at('/file'), ''));
    await see(() => fs.readFile(at('/file/')));
    await see(async () => (await fs.lstat(at('/to-d/'))).isDirectory());
  },
});

const PATHS = [
  '/file',
  '/d',
  '/link',
  '/to-d',
  '/to-d/in',
  '/dangling',
  '/loop',
  '/none',
  '/none/x',
  '/file/x',
  '/file/',
];

async function tree({ fs, at }: Pick<Scene, 'fs' | 'at'>): Promise<void> {
  await fs.mkdir(at('/d'), { recursive: true });
  await fs.writeFile(at('/file'), 'content', { mode: 0o640 });
  await fs.writeFile(at('/d/in'), 'inner');
  await fs.symlink('file', at('/link'));
  await fs.symlink('./d/../d', at('/to-d'));
  await fs.symlink('nowhere', at('/dangling'));
  await fs.symlink('loop', at('/loop'));
}

/** What has to be the same wherever the file is. */
function shape(stats: Stats): unknown {
  const is = [stats.isFile(), stats.isDirectory(), stats.isSymbolicLink(), stats.isFIFO(), stats.isSocket()];
  const { mode, size, nlink, uid, gid } = stats;
  return { is, mode, uid, gid, nlink, size: stats.isDirectory() ? 0 : size };
}

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

import { constants } from 'node:fs';

import { likeNode } from './oracle.ts';

likeNode({
  async 'reads what was written, in every form of data'({ fs, at, see }) {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i);
    const forms = ['text \u{1f600}', Buffer.from('buffer'), bytes.subarray(3, 90), new Float64Array([1, 2]), ''];
    for (const [index, data] of [...forms, new DataView(bytes.buffer, 5, 7)].entries()) {
      await see(() => fs.writeFile(at(`/${index}`), data));
      await see(() => fs.readFile(at(`/${index}`)));
    }
    async function* later(): AsyncGenerator<string | Buffer> {
      yield 'one';
      yield Buffer.from('two');
    }
    await see(() => fs.writeFile(at('/chunks'), ['a', 'b', 'c']));
    await see(() => fs.readFile(at('/chunks'), 'latin1'));
    await see(() => fs.writeFile(at('/later'), later()));
    await see(() => fs.readFile(at('/later'), { encoding: 'utf8' }));
  },

  async encodings({ fs, at, see }) {
    await see(() => fs.writeFile(at('/hex'), 'c3a9ff', 'hex'));
    for (const encoding of ['utf8', 'latin1', 'base64', 'hex', 'utf16le', null] as const) {
      await see(() => fs.readFile(at('/hex'), encoding));
    }
    await see(() => fs.readFile(at('/hex'), { encoding: 'base64url' }));
  },

  async 'flags of whole files'({ fs, at, see }) {
    for (const flag of ['w', 'wx', 'a', 'ax', 'r+', 'w+', 'a+', 'rs+', 'as', 'wx+']) {
      for (const name of ['/there', '/missing']) {
        await fs.writeFile(at('/there'), 'before');
        await fs.rm(at('/missing'), { force: true });
        await see(() => fs.writeFile(at(name), 'NEW', { flag }));
        await see(() => fs.readFile(at(name), 'utf8'));
      }
    }
    await see(() => fs.readFile(at('/made'), { flag: 'a+', encoding: 'utf8' }));
    await see(() => fs.writeFile(at('/numeric'), 'x', { flag: constants.O_CREAT | constants.O_WRONLY } as never));
    await see(() => fs.appendFile(at('/numeric'), 'y'));
    await see(() => fs.appendFile(at('/numeric'), Buffer.from('z'), { flush: true } as never));
    await see(() => fs.readFile(at('/numeric'), 'utf8'));
    await see(() => fs.readFile(at('/there'), { flag: 'w' }));
  },

  async 'more than one piece'({ fs, at, see }) {
    for (const length of [65_535, 65_536, 65_537, 1_000_000]) {
      const data = Buffer.alloc(length, 'abcdefg');
      await see(() => fs.writeFile(at('/big'), data));
      await see(async () => data.equals(await fs.readFile(at('/big'))));
      await see(() => fs.appendFile(at('/big'), data));
      await see(async () => Buffer.concat([data, data]).equals(await fs.readFile(at('/big'))));
    }
  },

  async 'refusals of whole files'({ fs, at, see }) {
    await fs.mkdir(at('/d'));
    await fs.writeFile(at('/file'), '');
    for (const path of ['/none', '/d', '/none/x', '/file/x', `/${'n'.repeat(256)}`]) {
      await see(() => fs.readFile(at(path)));
      await see(() => fs.writeFile(at(path), 'x'));
      await fs.rm(at('/none'), { force: true });
      await see(() => fs.appendFile(at(path), 'x'));
      await fs.rm(at('/none'), { force: true });
      await see(() => fs.truncate(at(path), 1));
    }
  },

  async copyFile({ fs, at, see }) {
    await fs.mkdir(at('/d'));
    await fs.writeFile(at('/from'), 'x'.repeat(200_000), { mode: 0o640 });
    await fs.writeFile(at('/long'), 'y'.repeat(300_000), { mode: 0o600 });
    await see(() => fs.copyFile(at('/from'), at('/to')));
    await see(async () => (await fs.stat(at('/to'))).mode);
    await see(() => fs.copyFile(at('/from'), at('/long')));
    await see(async () => (await fs.readFile(at('/long'))).equals(await fs.readFile(at('/from'))));
    await see(() => fs.copyFile(at('/from'), at('/to'), constants.COPYFILE_EXCL));
    await see(() => fs.copyFile(at('/from'), at('/new'), constants.COPYFILE_EXCL));
    await see(() => fs.copyFile(at('/from'), at('/from')));
    await see(() => fs.readFile(at('/from'), 'utf8'));
    await see(() => fs.copyFile(at('/none'), at('/x')));
    await see(() => fs.copyFile(at('/from'), at('/none/x')));
    await see(() => fs.copyFile(at('/from'), at('/d')));
  },

  async truncate({ fs, at, see }) {
    await fs.writeFile(at('/file'), 'x'.repeat(70_000));
    for (const length of [70_005, 40_000, 65_536, 10, 20, undefined, -5, 3]) {
      await see(() => fs.truncate(at('/file'), length));
      await see(() => fs.readFile(at('/file'), 'latin1'));
    }
  },

  async signals({ fs, at, see }) {
    await fs.writeFile(at('/file'), 'x');
    const signal = AbortSignal.abort(new Error('enough'));
    await see(() => fs.readFile(at('/file'), { signal }));
    await see(() => fs.writeFile(at('/file'), 'never', { signal }));
    await see(() => fs.readFile(at('/file'), { signal: new AbortController().signal, encoding: 'utf8' }));
  },
});

import type { EventEmitter } from 'node:events';
import { constants } from 'node:fs';

import type { FileHandle } from 'easync/servers/fs';

import { likeNode } from './oracle.ts';

type OpenFile = Pick<FileHandle, 'read' | 'readv' | 'write' | 'writev'>;

likeNode({
  async reading({ fs, at, see }) {
    await fs.writeFile(at('/file'), 'abcdefghij'.repeat(20_000));
    await using handle = await fs.open(at('/file'));
    const text = async (read: Promise<{ bytesRead: number; buffer: NodeJS.ArrayBufferView }>): Promise<unknown> => {
      const { bytesRead, buffer } = await read;
      return [bytesRead, Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString('latin1')];
    };
    await see(() => text(handle.read(Buffer.alloc(7))));
    await see(() => text(handle.read(Buffer.alloc(7), 2, 3)));
    await see(() => text(handle.read(Buffer.alloc(7), 2, 3, 5)));
    await see(() => text(handle.read(Buffer.alloc(7), { offset: 1, length: 2, position: 4 })));
    await see(() => text(handle.read({ buffer: new Uint16Array(3), position: null })));
    await see(() => text(handle.read()));
    await see(() => text(handle.read(Buffer.alloc(4), 0, 4, -1)));
    await see(() => text(handle.read(Buffer.alloc(4), null, null, null)));
    await see(() => text(handle.read(Buffer.alloc(20), 0, 20, 199_990)));
    await see(() => text(handle.read(Buffer.alloc(20), 0, 20, 300_000)));
    await see(() => text(handle.read(Buffer.alloc(150_000), 0, 150_000, 11)));
    await see(() => text(handle.read(Buffer.alloc(3), 0, 0)));
    await see(() => text(handle.read(Buffer.alloc(0))));
    await see(() => text(handle.read(Buffer.alloc(3), 0, 4)));
    await see(() => text(handle.read(Buffer.alloc(3), -1, 4)));
    await see(() => text(handle.read(Buffer.alloc(3), 0, -1)));
    await see(() => text(handle.read(Buffer.alloc(3), 0.5, 1)));
    await see(() => text(handle.read('x' as never)));
    await see(() => handle.readFile('latin1'));
    await see(() => handle.readFile('latin1'));
    await see(async () => (await handle.readv([Buffer.alloc(3), Buffer.alloc(4)], 5)).bytesRead);
    await see(async () => String((await handle.readv([Buffer.alloc(3), Buffer.alloc(4)], 5)).buffers));
    await see(() => handle.write('x'));
    await see(() => handle.truncate(3));
    await see(async () => (await handle.stat()).size);
    await see(async () => (await handle.stat({ bigint: true })).size);
  },

  async writing({ fs, at, see }) {
    await using handle = await fs.open(at('/file'), 'w+', 0o600);
    const now = (): Promise<string> => fs.readFile(at('/file'), 'latin1');
    const count = async (written: Promise<{ bytesWritten: number }>): Promise<number> => (await written).bytesWritten;
    await see(() => count(handle.write('hello')));
    await see(() => count(handle.write(' world', null, 'utf8')));
    await see(() => count(handle.write('J', 0)));
    await see(() => count(handle.write('c3a9', null, 'hex')));
    await see(() => count(handle.write(Buffer.from('0123456789'), 2, 3)));
    await see(() => count(handle.write(Buffer.from('0123456789'), 7)));
    await see(() => count(handle.write(Buffer.from('ab'), { position: 30 } as never)));
    await see(() => count(handle.write(new Uint16Array([0x4142, 0x4344]), 0, 4, 40)));
    await see(now);
    await see(() => count(handle.write(Buffer.alloc(200_000, 'z'))));
    await see(() => count(handle.write(Buffer.alloc(3), 4)));
    await see(() => count(handle.write(Buffer.alloc(3), 0, 4)));
    await see(() => count(handle.write(5 as never)));
    await see(() => count(handle.write({} as never)));
    await see(() => count(handle.write('')));
    await see(async () => (await handle.writev([Buffer.from('one'), Buffer.from('two')])).bytesWritten);
    await see(now);
    await see(() => handle.truncate(5));
    await see(() => handle.truncate(8));
    await see(() => handle.truncate());
    await see(() => handle.writeFile('after'));
    await see(now);
    await see(() => handle.appendFile(['x', 'y'] as never));
    await see(() => handle.sync());
    await see(() => handle.datasync());
    await see(() => handle.chmod(0o644));
    await see(() => handle.utimes(1_000_000_000, new Date(1_100_000_000_000)));
    await see(async () => ((stats) => [stats.mode, stats.mtime, stats.atimeMs])(await handle.stat()));
    await see(now);
  },

  async positions({ fs, at, see }) {
    const positions: unknown[] = [3, 5, -1, null, undefined, '3', 'utf8', Number.NaN, 1.5, -2, {}, true, 2 ** 53];
    for (const given of positions) {
      const position = given as number;
      const two = (): Buffer[] => [Buffer.from('y'), Buffer.from('z')];
      for (const call of [
        (file: OpenFile) => file.read(Buffer.alloc(2), 0, 2, position),
        (file: OpenFile) => file.read({ buffer: Buffer.alloc(2), position }),
        (file: OpenFile) => file.readv(two(), position),
        (file: OpenFile) => file.write(Buffer.from('yz'), 0, 2, position),
        (file: OpenFile) => file.write(Buffer.from('yz'), { position } as never),
        (file: OpenFile) => file.write('yz', position),
        (file: OpenFile) => file.writev(two(), position),
      ]) {
        await fs.writeFile(at('/file'), 'abcdef');
        await using handle = await fs.open(at('/file'), 'r+');
        await handle.read(Buffer.alloc(1));
        await see(() => call(handle));
        await see(() => fs.readFile(at('/file'), 'utf8'));
      }
    }
    await using handle = await fs.open(at('/file'), 'r+');
    for (const buffers of [5, 'x', null, [1], Buffer.alloc(1), [Buffer.alloc(1), 'x']]) {
      await see(() => handle.readv(buffers as never));
      await see(() => handle.writev(buffers as never));
    }
  },

  async appending({ fs, at, see }) {
    await fs.writeFile(at('/file'), 'start ');
    await using handle = await fs.open(at('/file'), 'a+');
    await see(() => handle.write('one ', 0));
    await see(() => fs.appendFile(at('/file'), 'other '));
    await see(() => handle.write('two '));
    await see(() => handle.readFile('utf8'));
    await see(async () => (await handle.read(Buffer.alloc(5), 0, 5, 0)).buffer.toString());
    await see(() => handle.appendFile('three'));
    await see(() => fs.readFile(at('/file'), 'utf8'));
  },

  async 'flags of open'({ fs, at, see }) {
    const flags = [
      'r',
      'r+',
      'rs',
      'rs+',
      'w',
      'wx',
      'w+',
      'wx+',
      'a',
      'ax',
      'a+',
      'ax+',
      'as',
      'as+',
      'xw',
      undefined,
    ];
    const numeric = [
      constants.O_RDWR | constants.O_CREAT,
      constants.O_WRONLY | constants.O_TRUNC,
      constants.O_NOFOLLOW,
    ];
    await fs.mkdir(at('/d'));
    await fs.symlink('there', at('/link'));
    for (const flag of [...flags, ...numeric]) {
      for (const name of ['/there', '/link', '/missing', '/none/x', '/there/x']) {
        await fs.writeFile(at('/there'), 'before');
        await fs.rm(at('/missing'), { force: true });
        await see(async () => {
          await using handle = await fs.open(at(name), flag);
          const wrote = await handle.write('W').catch(String);
          const read = await handle.read(Buffer.alloc(9), 0, 9, 0).catch(String);
          return [
            typeof wrote === 'string' ? wrote : wrote.bytesWritten,
            typeof read === 'string' ? read : read.bytesRead,
          ];
        });
        await see(() => fs.readFile(at(name), 'utf8').catch(String));
      }
    }
    await see(() => fs.open(at('/d'), 'w'));
    await see(() => fs.open(at('/d'), 'r+'));
  },

  async closing({ fs, at, see }) {
    const handle = await fs.open(at('/file'), 'w+');
    let closes = 0;
    // Node's types do not tell that it emits.
    (handle as unknown as EventEmitter).on('close', () => closes++);
    await see(async () => typeof handle.fd);
    await see(() => handle.close());
    await see(() => handle.close());
    await see(async () => [closes, handle.fd]);
    await see(() => handle.read(Buffer.alloc(1)));
    await see(() => handle.write('x'));
    await see(() => handle.stat());
    await see(() => handle.truncate());
    await see(() => handle.sync());
    await see(() => handle.datasync());
    await see(() => handle.chmod(0o600));
    await see(() => handle.utimes(1, 1));
    await see(() => handle.readFile());
    await see(() => handle.writeFile('x'));
    await see(() => handle.appendFile('x'));
  },

  async 'a file without a name lives on until it is closed'({ fs, at, see }) {
    await fs.writeFile(at('/file'), 'old');
    await using old = await fs.open(at('/file'), 'r+');
    await fs.unlink(at('/file'));
    await fs.writeFile(at('/file'), 'new one');
    await see(() => old.write('still', 3));
    await see(() => old.readFile('utf8'));
    await see(() => fs.readFile(at('/file'), 'utf8'));
    await see(async () => (await old.stat()).nlink);
    await fs.writeFile(at('/by'), 'by rename');
    await using second = await fs.open(at('/file'));
    await fs.rename(at('/by'), at('/file'));
    await see(() => second.readFile('utf8'));
  },

  async 'handles in the place of paths'({ fs, at, see }) {
    await using handle = await fs.open(at('/file'), 'w+');
    const file = handle as unknown as Awaited<ReturnType<typeof import('node:fs/promises').open>>;
    await see(() => fs.writeFile(file, 'one '));
    await see(() => fs.appendFile(file, 'two'));
    await see(() => fs.readFile(file, 'utf8'));
    await see(() => fs.readFile(at('/file'), 'utf8'));
  },
});

import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

import { likeNode } from './oracle.ts';

likeNode({
  async reading({ fs, at, see }) {
    const content = '0123456789'.repeat(30_000);
    await fs.writeFile(at('/file'), content);
    const ranges = [{}, { start: 5 }, { end: 9 }, { start: 299_990 }, { start: 3, end: 200_000, highWaterMark: 1000 }];
    for (const options of [...ranges, { encoding: 'hex' as const, end: 3 }, { start: 400_000 }]) {
      await see(() => text(fs.createReadStream(at('/file'), options)));
    }
    await see(async () => {
      const lengths = [];
      for await (const chunk of fs.createReadStream(at('/file'), { highWaterMark: 70_000 })) {
        lengths.push((chunk as Buffer).length);
      }
      return lengths;
    });
    await see(() => text(fs.createReadStream(at('/none'))));
    await see(() => fs.createReadStream(at('/file'), { start: 5, end: 2 }));
    await see(() => fs.createReadStream(5 as never));
    await see(async () => {
      const stream = fs.createReadStream(at('/file'));
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.next();
      stream.destroy(new Error('enough'));
      return iterator.next();
    });
  },

  async writing({ fs, at, see }) {
    const chunks = Array.from({ length: 50 }, (_, i) => Buffer.alloc(10_000, `${i}`));
    const options = [{}, { flags: 'a' }, { start: 100, flags: 'r+' }, { highWaterMark: 1000 }, { flags: 'wx' }];
    for (const option of options) {
      await see(() => pipeline(chunks, fs.createWriteStream(at('/file'), option)));
      await see(() => fs.readFile(at('/file'), 'latin1'));
    }
    await see(() => pipeline(['text'], fs.createWriteStream(at('/none/x'))));
    await see(async () => {
      const stream = fs.createWriteStream(at('/counted'), { mode: 0o600 });
      await pipeline(chunks, stream);
      return [stream.bytesWritten, stream.path, (await fs.stat(at('/counted'))).mode];
    });
    await see(() => pipeline(fs.createReadStream(at('/counted')), fs.createWriteStream(at('/copy'))));
    await see(async () => (await fs.readFile(at('/copy'))).equals(await fs.readFile(at('/counted'))));
  },

  async 'the streams of a handle'({ fs, at, see }) {
    await fs.writeFile(at('/file'), 'one\ntwo\nthree\n');
    const open = (): ReturnType<typeof fs.open> => fs.open(at('/file'), 'r+');
    await see(async () => text((await open()).createReadStream({ start: 4, end: 6 })));
    await see(async () => {
      const lines = [];
      const handle = await open();
      for await (const line of handle.readLines({ start: 4 })) lines.push(line);
      return [lines, handle.fd];
    });
    await see(async () => pipeline(['TWO'], (await open()).createWriteStream({ start: 4 })));
    await see(() => fs.readFile(at('/file'), 'latin1'));
    await see(async () => {
      const handle = await open();
      return [await text(handle.createReadStream({ start: 0 })), await handle.stat().catch(String)];
    });
  },
});

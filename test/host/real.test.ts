import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Child, SpawnRequest } from '../../src/host/host.ts';
import { LONGEST_LINE } from '../../src/host/output-lines.ts';
import { realHost } from '../../src/host/real.ts';
import type { Link } from '../../src/link/link.ts';
import { peerCredentialsWork } from '../../src/os/peer-credentials.ts';
import { encodeHead } from '../../src/wire/index.ts';
import { deferred } from '../link/deferred.ts';

const host = realHost();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easync-host-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('spawn', () => {
  test('gives the child a link, its output by line, and tells how it ended', async () => {
    const lines: string[] = [];
    const child = await host.spawn(fixture('echo', (stream, line) => void lines.push(`${stream}: ${line}`)));
    const echoed = deferred<string>();
    child.link.start({ onFrame: (frame) => echoed.resolve(frame.subarray(64).toString()), onClose() {} });
    child.link.send(encodeHead({ kind: 1 }), Buffer.from('hello'));
    expect(await echoed.promise).toBe('hello');
    expect(child.link.peer?.pid).toBe(child.pid);
    child.link.close();
    expect(await child.exited).toEqual({ code: 7, signal: null });
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual([
      'stdout: first line',
      'stdout: second, with ümläut',
      'stdout: ',
      'stdout: no line end',
    ]);
    expect(lines.filter((line) => line.startsWith('stderr'))).toEqual(['stderr: on stderr']);
  });

  test('a killed child closes its link and says by which signal', async () => {
    const child = await host.spawn(fixture('echo'));
    const closed = deferred<Error | undefined>();
    child.link.start({ onFrame() {}, onClose: closed.resolve });
    child.kill('SIGKILL');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await closed.promise).toBeUndefined();
  });

  test('a place that does not exist is ESPAWN', async () => {
    await expect(host.spawn({ ...fixture('echo'), cwd: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'ESPAWN',
    });
  });

  test('output waits for a slow reader and cuts endless lines', async () => {
    const code = `process.stdout.write('x'.repeat(${LONGEST_LINE * 2 + 1}) + '\\nlast\\n')`;
    const lengths: number[] = [];
    const gate = deferred();
    const child = await host.spawn({
      ...fixture('echo'),
      execArgv: ['--input-type=module', '--eval', code],
      onOutput: async (_stream, line) => {
        lengths.push(line.length);
        await gate.promise;
      },
    });
    child.link.start({ onFrame() {}, onClose: () => gate.resolve() });
    await child.exited;
    expect(lengths).toEqual([LONGEST_LINE, LONGEST_LINE, 1, 4]);
  });

  test('a child in an endless loop ends when its parent is killed', async () => {
    const path = join(folder, 'loop');
    const accepted = deferred<Link>();
    const listener = await host.listen(path, accepted.resolve);
    const parent: Child = await host.spawn(fixture('parent'));
    parent.link.start({ onFrame() {}, onClose() {} });
    parent.link.send(encodeHead({ kind: 1 }), Buffer.from(path));
    const loop = await accepted.promise;
    const looping = deferred();
    const ended = deferred<Error | undefined>();
    loop.start({ onFrame: () => looping.resolve(), onClose: ended.resolve });
    await looping.promise;
    const pid = loop.peer?.pid;
    parent.kill('SIGKILL');
    expect(await ended.promise).toBeUndefined();
    expect((await parent.exited).signal).toBe('SIGKILL');
    if (peerCredentialsWork()) expect(pid).not.toBe(parent.pid);
    await listener.close();
  });
});

describe('listen and connect', () => {
  test('both ends know who is at the other', async () => {
    const path = join(folder, 'who');
    const accepted = deferred<Link>();
    const listener = await host.listen(path, accepted.resolve);
    const client = await host.connect(path);
    const server = await accepted.promise;
    const us = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
    expect(server.peer).toEqual(peerCredentialsWork() ? us : undefined);
    expect(client.peer).toEqual(peerCredentialsWork() ? us : undefined);
    const closed = deferred<Error | undefined>();
    server.start({ onFrame() {}, onClose: closed.resolve });
    client.destroy();
    await closed.promise;
    await listener.close();
  });

  test('nobody there is ENOBROKER', async () => {
    await expect(host.connect(join(folder, 'nobody'))).rejects.toMatchObject({ code: 'ENOBROKER' });
  });

  test('one that stops listening before it gets to us is nobody', async () => {
    const path = join(folder, 'ending');
    const listener = await host.listen(path, () => {});
    const dialling = host.connect(path);
    const closed = listener.close();
    await expect(dialling).rejects.toMatchObject({ code: 'ENOBROKER' });
    await closed;
  });

  test('a path that is taken is EBROKERRUNS', async () => {
    const path = join(folder, 'taken');
    const listener = await host.listen(path, () => {});
    await expect(host.listen(path, () => {})).rejects.toMatchObject({ code: 'EBROKERRUNS' });
    await listener.close();
    await expect(host.connect(path)).rejects.toMatchObject({ code: 'ENOBROKER' });
  });

  test('a path longer than a socket can have is refused by both, with what to do', async () => {
    const path = join(folder, 'x'.repeat(108));
    const refusal = { code: 'ESOCKETPATH', object: path, message: expect.stringContaining('shorter') as string };
    await expect(host.listen(path, () => {})).rejects.toMatchObject(refusal);
    await expect(host.connect(path)).rejects.toMatchObject(refusal);
  });
});

test('random gives as many bytes as asked, not twice the same', () => {
  expect(host.random(16)).toHaveLength(16);
  expect(host.random(16)).not.toEqual(host.random(16));
});

test('now is the wall clock with fractions', () => {
  expect(Math.abs(host.now() - Date.now())).toBeLessThan(10);
});

function fixture(name: string, onOutput: SpawnRequest['onOutput'] = () => {}): SpawnRequest {
  const entry = fileURLToPath(new URL(`./fixtures/${name}.js`, import.meta.url));
  return { entry, cwd: process.cwd(), execArgv: [], onOutput };
}

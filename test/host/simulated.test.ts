import { describe, expect, test } from 'vitest';
import { simulatedHost, type SimulatedProcess } from '../../src/host/simulated.ts';
import type { Link } from '../../src/link/link.ts';
import { encodeHead, kindOf } from '../../src/wire/index.ts';
import { deferred } from '../link/deferred.ts';

describe('virtual time', () => {
  test('passes only when it is told to, and timers run when they are due', async () => {
    const host = simulatedHost(1);
    const begin = host.now();
    const ran: [string, number][] = [];
    host.timer(1000, () => ran.push(['late', host.now() - begin]));
    host.timer(10, () => ran.push(['early', host.now() - begin]));
    using cancelled = host.timer(20, () => ran.push(['cancelled', 0]));
    cancelled[Symbol.dispose]();
    await host.advance(999);
    expect(ran).toEqual([['early', 10]]);
    expect(host.now() - begin).toBe(999);
    await host.run();
    expect(ran).toEqual([
      ['early', 10],
      ['late', 1000],
    ]);
  });

  test('between two events every promise job runs', async () => {
    const host = simulatedHost(1);
    const steps: string[] = [];
    host.timer(1, () => void chain(20).then(() => steps.push('promise jobs')));
    host.timer(1.5, () => steps.push('next event'));
    await host.run();
    expect(steps).toEqual(['promise jobs', 'next event']);
  });

  test('background timers do not keep it running', async () => {
    const host = simulatedHost(1);
    host.timer(5, () => expect.unreachable(), { unref: true });
    await host.run();
    await expect(host.runUntil(() => false)).rejects.toThrow('nothing is left');
  });
});

describe('links', () => {
  test('connect finds the listener, frames come in order, and the end comes last', async () => {
    const host = simulatedHost(3);
    const got: number[] = [];
    let ended = false;
    const listener = await host.listen('/b', (link) =>
      link.start({ onFrame: (frame) => got.push(kindOf(frame)), onClose: () => (ended = true) }),
    );
    const link = await host.connect('/b');
    link.start({ onFrame() {}, onClose() {} });
    for (let i = 0; i < 50; i++) link.send(encodeHead({ kind: i }));
    link.close();
    await host.runUntil(() => ended);
    expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i));
    await expect(host.listen('/b', () => {})).rejects.toMatchObject({ code: 'EBROKERRUNS' });
    await listener.close();
    await expect(host.connect('/b')).rejects.toMatchObject({ code: 'ENOBROKER' });
  });

  test('a spawned process is the function that was injected', async () => {
    const requests: string[] = [];
    const host = simulatedHost(4, {
      spawn: (request, link) => {
        requests.push(request.entry);
        return echo(link);
      },
    });
    const child = await host.spawn(request('a.js'));
    const got: number[] = [];
    const closed = deferred<Error | undefined>();
    child.link.start({ onFrame: (frame) => got.push(kindOf(frame)), onClose: closed.resolve });
    child.link.send(encodeHead({ kind: 9 }));
    await host.runUntil(() => got.length > 0);
    child.kill('SIGKILL');
    await host.run();
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await closed.promise).toBeUndefined();
    expect(requests).toEqual(['a.js']);
    await expect(simulatedHost(1).spawn(request('b.js'))).rejects.toMatchObject({ code: 'ESPAWN' });
  });
});

test('the same seed gives the same history, another seed another one', async () => {
  const histories = await Promise.all([7, 7, 8].map(history));
  expect(histories[0]).toEqual(histories[1]);
  expect(histories[0]).not.toEqual(histories[2]);
});

/** Several clients, timers and random numbers at the same instants: all that a seed decides. */
async function history(seed: number): Promise<string[]> {
  const host = simulatedHost(seed);
  const lines: string[] = [];
  const log = (line: string) => void lines.push(`${host.now()} ${line}`);
  await host.listen('/b', (link) =>
    link.start({
      onFrame(frame) {
        log(`frame ${kindOf(frame)}`);
        link.send(frame);
      },
      onClose: () => log('closed'),
    }),
  );
  for (let client = 1; client <= 5; client++) {
    const link = await host.connect('/b');
    link.start({ onFrame: (frame) => log(`echo ${kindOf(frame)}`), onClose: () => log(`gone ${client}`) });
    host.timer(10, () => {
      link.send(encodeHead({ kind: client * 10 + ((host.random(1)[0] ?? 0) % 10) }));
      link.send(encodeHead({ kind: client }));
    });
    host.timer(20, () => link.close());
  }
  await host.run();
  return lines;
}

function echo(link: Link): SimulatedProcess {
  const exit = deferred<{ code: number; signal: null }>();
  link.start({ onFrame: (frame) => link.send(frame), onClose: () => exit.resolve({ code: 0, signal: null }) });
  return { exit: exit.promise };
}

function request(entry: string) {
  return { entry, cwd: '/', execArgv: [], onOutput: () => {} };
}

async function chain(links: number): Promise<void> {
  for (let i = 0; i < links; i++) await Promise.resolve();
}

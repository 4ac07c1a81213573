import { boot, defineSubsystem, make, routine, type System } from 'easync';
import { expect } from 'vitest';
import type { Limits } from '../../src/limits.ts';
import { decodeFields, encodeHead, MESSAGES } from '../../src/wire/index.ts';
import { DeafPeer } from '../broker/deaf-peer.ts';
import type { Peer } from '../broker/peer.ts';
import { Lab, LAB } from '../support/lab.ts';
import { rejection } from '../support/rejection.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until } from '../support/until.ts';
import type { Arena } from './arena.ts';
import { dead, flooding } from './looking.ts';
import type { Rows } from './row.ts';

/** Whom a broker lets in, what it starts, and how long it waits. Two tasks are the bystanders' own. */
export const BROKER_LIMITS: Rows<
  | 'tasks'
  | 'handshakeMs'
  | 'handshakes'
  | 'routesPerLink'
  | 'children'
  | 'registeredNames'
  | 'killGraceMs'
  | 'deadTasks'
> = {
  tasks: {
    limits: { tasks: 6 },
    meets: 'ELIMIT',
    attack: (arena) =>
      flooding(arena, async () => {
        const peers = [];
        for (let i = 0; i < 3; i += 1) peers.push(await arena.rig.attachedPeer());
        const { code, reason } = await greeted(arena);
        expect([code, reason]).toEqual(['ELIMIT', expect.stringContaining('has 6 tasks (tasks)')]);
        expect(dead(arena)).toMatchObject([{ task: 0, label: 'peer', code, reason }]);
        peers[0]?.send('detach', {});
        await peers[0]?.closed;
        const next = await arena.rig.attachedPeer();
        for (const peer of [...peers, next]) peer.link.destroy();
      }),
  },

  handshakeMs: {
    limits: { handshakeMs: 100 },
    meets: 'EPROTOCOL',
    async attack(arena) {
      const silent = await Promise.all(Array.from({ length: 5 }, () => arena.rig.peer()));
      for (const peer of silent) {
        expect(await peer.refusal()).toEqual({
          code: 'EPROTOCOL',
          reason: expect.stringContaining('no hello within 100 ms (handshakeMs)') as string,
        });
      }
      expect(dead(arena).map(({ code }) => code)).toEqual(silent.map(() => 'EPROTOCOL'));
    },
  },

  handshakes: {
    limits: { handshakes: 8 },
    meets: 'ELIMIT',
    async attack(arena) {
      const silent: Peer[] = [];
      for (let i = 0; i < 20; i += 1) silent.push(await arena.rig.peer());
      // Those that have waited longest make room.
      for (const peer of silent.slice(0, 12)) {
        const { code, reason } = await peer.refusal();
        expect([code, reason]).toEqual([
          'ELIMIT',
          expect.stringMatching(/more than 8 .*\(handshakes\); say hello at once/),
        ]);
      }
      expect(dead(arena)).toHaveLength(12);
      // Who says what it has come for finds room, and so do the eight.
      const late = await arena.rig.attachedPeer();
      silent[15]?.hello();
      await silent[15]?.frame('welcome');
      for (const peer of [...silent, late]) peer.link.destroy();
      await Promise.all(silent.map(({ closed }) => closed));
      // Those that leave and read nothing more are among them: they are not waited for.
      const deaf = [];
      for (let i = 0; i < 20; i += 1) {
        const peer = await DeafPeer.connect(arena.rig.socket);
        peer.ask(5_000);
        peer.write(encodeHead({ kind: MESSAGES.detach.id }));
        deaf.push(peer);
      }
      await Promise.all(deaf.slice(0, 12).map((peer) => peer.rest()));
      for (const peer of deaf) peer[Symbol.dispose]();
    },
  },

  routesPerLink: {
    limits: { routesPerLink: 3 },
    meets: 'ELIMIT',
    attack: (arena) =>
      flooding(arena, async ({ peer }) => {
        for (let route = 1; route <= 4; route += 1) peer.send('adopt', { route, module: '', label: `thread ${route}` });
        const { header, body } = await peer.frame('refuse');
        expect(header.route).toBe(4);
        expect(decodeFields('refuse', body)).toEqual({
          code: 'ELIMIT',
          reason: expect.stringMatching(/3 threads attached \(routesPerLink\); end some/) as string,
        });
        expect(dead(arena)).toMatchObject([{ label: 'thread 4', code: 'ELIMIT' }]);
        await peer.frame('routeClosed');
        // One less makes room for one more.
        peer.send('routeClosed', {}, { route: 2 });
        peer.send('adopt', { route: 5, module: '', label: 'thread 5' });
        peer.send('hello', { major: 1, minor: 0, pid: 1, threadId: 5, label: '' }, { route: 5 });
        expect((await peer.frame('welcome')).header.route).toBe(5);
      }),
  },

  children: {
    limits: { children: 2 },
    meets: 'ELIMIT',
    attack: () =>
      onRealBroker({ children: 2 }, async (sys) => {
        const open = () => sys.open(Lab, LAB, { place: 'process' });
        const opened = await Promise.allSettled([open(), open(), open(), open()]);
        const refused = opened.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
        expect(refused).toHaveLength(2);
        for (const text of refused)
          expect(text).toMatch(/^IpcError: ELIMIT: .* 2 processes .*\(children\); dispose some/);
        const [first, second] = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
        first?.[Symbol.dispose]();
        // Once its process has gone.
        await until(async () => {
          const next = await open().catch(() => undefined);
          next?.[Symbol.dispose]();
          return next !== undefined;
        });
        expect(await second?.echo('still there')).toBe('still there');
        second?.[Symbol.dispose]();
      }),
  },

  registeredNames: {
    limits: { registeredNames: 10 },
    meets: 'ELIMIT',
    attack: () =>
      onRealBroker({ registeredNames: 10 }, async (sys) => {
        using port = sys.task.allocate();
        const register = (name: string) => sys.names.register({ name, port: make.send(port) });
        // The name service and the bystander have a name each.
        for (let i = 0; i < 8; i += 1) await register(`name ${i}`);
        for (const call of [register('more'), sys.names.checkIn({ name: 'more', port: make.send(port) })]) {
          const error = await rejection(call);
          expect(error['code']).toBe('ELIMIT');
          expect(error.message).toContain('10 names are in use (registeredNames)');
        }
        // One that is there may have another port, and one that goes makes room.
        await register('name 3');
        port.destroy();
        await until(async () => (await sys.names.list()).length === 2);
      }),
  },

  killGraceMs: {
    limits: { killGraceMs: 50 },
    meets: 'waits',
    async attack(arena) {
      using peer = await DeafPeer.connect(arena.rig.socket);
      peer.ask(50_000);
      peer.write(encodeHead({ kind: MESSAGES.detach.id }));
      // It left in good order, and has its time to read what is left; no more.
      await peer.rest();
      expect(dead(arena)).toEqual([]);
    },
  },

  deadTasks: {
    limits: { deadTasks: 5 },
    meets: 'waits',
    async attack(arena) {
      for (let i = 0; i < 20; i += 1) {
        const peer = await arena.rig.attachedPeer();
        peer.raw(encodeHead({ kind: 200 + i }));
        await peer.refusal();
      }
      expect(dead(arena).map(({ reason }) => reason.match(/kind (\d+)/)?.[1])).toEqual([
        '219',
        '218',
        '217',
        '216',
        '215',
      ]);
    },
  },
};

async function greeted(arena: Arena): Promise<{ code: unknown; reason: string }> {
  const peer = await arena.rig.peer();
  peer.hello();
  return peer.refusal();
}

/** The same on a broker in a process of its own, with its name service and all. */
async function onRealBroker(limits: Partial<Limits>, attack: (sys: System) => Promise<void>): Promise<void> {
  await using broker = await SharedBroker.start(limits);
  await using server = await boot({ socket: broker.socket, label: 'server' });
  await using bystander = await boot({ socket: broker.socket, label: 'client' });
  const service = server.serve(Echo, { echo: (value) => value });
  await server.names.checkIn({ name: 'echo', port: service.right() });
  using echo = await bystander.lookUp(Echo, 'echo');
  const counters = async () => (await bystander.host?.ps())?.tasks.map(({ label, names }) => ({ label, names }));
  const base = JSON.stringify(await counters());

  const flooder = await boot({ socket: broker.socket, label: 'flooder', onOutput: () => undefined });
  let isOver = false;
  const calls = (async () => {
    for (let n = 0; !isOver; n += 1) expect(await echo.echo(n)).toBe(n);
  })();
  try {
    await attack(flooder);
  } finally {
    isOver = true;
    await calls;
  }
  await flooder.dispose();
  await until(async () => JSON.stringify(await counters()) === base);
}

const Echo = defineSubsystem('echo', { echo: routine<unknown, unknown>() });

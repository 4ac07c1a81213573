import { expect } from 'vitest';
import { DISP, RIGHT } from '../../src/kernel/index.ts';
import { beginMsg, waitMsg } from '../../src/msgport/index.ts';
import { Call, type ReceiveRight } from '../../src/task/index.ts';
import { decodeErrorBody } from '../../src/wire/error-body.ts';
import { encodeBody } from '../../src/wire/body.ts';
import { encodeHead, FLAG, MESSAGES } from '../../src/wire/index.ts';
import { DeafPeer } from '../broker/deaf-peer.ts';
import { until } from '../support/until.ts';
import type { Arena } from './arena.ts';
import { type Flooder, FREE } from './flooder.ts';
import { dead, portAt, flooding } from './looking.ts';
import type { Rows } from './row.ts';

const KiB = 1024;

/** What a link carries. Who breaks the protocol is cut off; who sends more than others read waits, at its own charge. */
export const LINK_LIMITS: Rows<
  | 'frameBytes'
  | 'descriptorsPerMessage'
  | 'unreadBytesPerTask'
  | 'linkBytes'
  | 'deliveryWindow'
  | 'deliveryWindowBytes'
  | 'bodyDepth'
  | 'turnMs'
> = {
  frameBytes: {
    limits: { frameBytes: 64 * KiB },
    meets: 'EPROTOCOL',
    async attack(arena) {
      const flooder = await arena.flooder();
      flooder.peer.raw(encodeHead({ kind: MESSAGES.send.id, callId: 1 }), new Uint8Array(64 * KiB));
      await flooder.peer.closed;
      expect(dead(arena)).toMatchObject([{ task: flooder.task, label: 'peer', code: 'EPROTOCOL' }]);
      expect(dead(arena)[0]?.reason).toContain('at most 65536 are allowed (frameBytes)');
      flooder.leaves();
    },
  },

  descriptorsPerMessage: {
    limits: { descriptorsPerMessage: 8 },
    meets: 'EPROTOCOL',
    async attack(arena) {
      const flooder = await arena.flooder();
      const rights = Array.from({ length: 7 }, () => ({ disp: DISP.COPY_SEND, name: flooder.target }));
      flooder.send({ disp: DISP.COPY_SEND, name: flooder.target }, { rights });
      const { code, reason } = await flooder.peer.refusal();
      expect([code, reason]).toEqual(['EPROTOCOL', expect.stringContaining('8 are allowed (descriptorsPerMessage)')]);
      expect(dead(arena)).toMatchObject([{ code, reason }]);
      flooder.leaves();
    },
  },

  unreadBytesPerTask: {
    limits: { unreadBytesPerTask: 256 * KiB },
    meets: 'ELIMIT',
    async attack(arena) {
      using peer = await DeafPeer.connect(arena.rig.socket);
      peer.ask(50_000);
      await until(() => dead(arena).length > 0);
      expect(dead(arena)).toMatchObject([{ label: 'deaf', code: 'ELIMIT' }]);
      expect(dead(arena)[0]?.reason).toMatch(/262144 bytes wait to be read.*unreadBytesPerTask.*has to read/);
    },
  },

  linkBytes: {
    // The victim would be cut off if its broker held for it what others send.
    limits: { linkBytes: 256 * KiB, unreadBytesPerTask: KiB * KiB, queuedBytesPerTask: 4 * KiB * KiB },
    meets: 'waits',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        const victim = await arena.rig.task('victim');
        const ports = Array.from({ length: 30 }, () => victim.allocate({ label: 'of the victim', qlimit: 100 }));
        const names = [];
        for (const port of ports) names.push(await arena.grantFrom(victim, flooder.task, DISP.MAKE_SEND, port.name));
        const link = arena.rig.broker.sessions.get(victim.welcome.task)?.link;
        // It reads nothing for a while.
        victim.link.pause();
        for (const name of names)
          flooder.send({ disp: DISP.COPY_SEND, name }, { body: new Uint8Array(100 * KiB), flags: RAW });
        const last = flooder.send({ disp: DISP.COPY_SEND, name: names[0] ?? 0 }, { flags: RAW });
        expect(await flooder.sent(last)).toBe(0);
        expect(link?.pendingBytes).toBeGreaterThan(0);
        expect(link?.pendingBytes).toBeLessThan(600 * KiB);
        // It has lost nothing.
        victim.link.resume();
        const received = await Promise.all(ports.map((port) => port.receive()));
        expect(received.map(({ body }) => (body as Uint8Array).length)).toEqual(names.map(() => 100 * KiB));
        expect(dead(arena)).toEqual([]);
        await victim.dispose();
      }),
  },

  deliveryWindow: {
    limits: { deliveryWindow: 4 },
    meets: 'waits',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        const { slow, dest } = await slowPort(arena, flooder);
        const last = Array.from({ length: 50 }, () => flooder.send(dest, { flags: RAW })).at(-1);
        expect(await flooder.sent(last ?? 0)).toBe(0);
        expect(portAt(arena, slow)).toMatchObject({ delivered: 4, msgcount: 50 });
        for (let i = 0; i < 50; i += 1) await slow.receive();
        slow.destroy();
      }),
  },

  deliveryWindowBytes: {
    limits: { deliveryWindowBytes: 256 * KiB },
    meets: 'waits',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        const { slow, dest } = await slowPort(arena, flooder);
        const body = new Uint8Array(60 * KiB);
        const last = Array.from({ length: 50 }, () => flooder.send(dest, { body, flags: RAW })).at(-1);
        expect(await flooder.sent(last ?? 0)).toBe(0);
        expect(portAt(arena, slow)).toMatchObject({ delivered: 4, msgcount: 50 });
        for (let i = 0; i < 50; i += 1) await slow.receive();
        slow.destroy();
      }),
  },

  bodyDepth: {
    limits: { bodyDepth: 20 },
    meets: 'EBADBODY',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        flooder.tell('port_allocate_name', { right: RIGHT.RECEIVE, name: FREE });
        flooder.tell('serve', { name: FREE });
        const reply = { disp: DISP.MAKE_SEND_ONCE, name: FREE };
        const nested = (levels: number): Uint8Array => {
          let body: unknown = 'deep';
          for (let i = 0; i < levels; i += 1) body = [body];
          return encodeBody([body, new Uint8Array(levels)], undefined, levels + 2);
        };
        for (const levels of [20, 200]) {
          flooder.send({ disp: DISP.COPY_SEND, name: flooder.target }, { reply, body: nested(levels), flags: 0 });
          const { header, body } = await flooder.peer.find('deliver', () => true);
          expect(header.flags & FLAG.FAILED).toBe(FLAG.FAILED);
          expect(String(decodeErrorBody(body))).toContain('nests deeper than 20 levels (bodyDepth)');
        }
        // Its own library would not have sent it.
        const call = new Call(
          1,
          Array.from({ length: 30 }).reduce((inner: unknown) => [inner], 'deep'),
        );
        beginMsg(arena.bystanders.right, call);
        await waitMsg(call);
        expect(String(call.failure)).toContain('nested deeper than 20 levels');
      }),
  },

  turnMs: {
    limits: { turnMs: 1 },
    meets: 'waits',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        // Each of the calls below looks at all of these.
        for (let i = 0; i < 5_000; i += 1) flooder.tell('port_allocate', { right: RIGHT.DEAD_NAME });
        await flooder.ask('port_type', { name: 1 });
        const before = arena.calls;
        for (let i = 0; i < 1_000; i += 1) flooder.tell('port_names', {});
        await flooder.ask('port_type', { name: 1 });
        // All of them came in one piece: without its share of each turn nobody would have had a call between.
        expect(arena.calls - before).toBeGreaterThan(20);
      }),
  },
};

/** A port that others send to and that is read one by one. */
async function slowPort(
  arena: Arena,
  flooder: Flooder,
): Promise<{ slow: ReceiveRight; dest: { disp: number; name: number } }> {
  const slow = arena.bystanders.server.allocate({ label: 'slow', qlimit: 100 });
  const name = await arena.grant(flooder.task, DISP.MAKE_SEND, slow.name);
  return { slow, dest: { disp: DISP.COPY_SEND, name } };
}

const RAW = FLAG.ACK | FLAG.RAW;

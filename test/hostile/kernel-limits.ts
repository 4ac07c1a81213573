import { expect } from 'vitest';
import { DISP, NOTIFY, RIGHT } from '../../src/kernel/index.ts';
import { Call, failureOf } from '../../src/task/index.ts';
import { decodeFields } from '../../src/wire/index.ts';
import { until } from '../support/until.ts';
import { type Flooder, FREE } from './flooder.ts';
import { flooding, portNamed, stateOf } from './looking.ts';
import type { Rows } from './row.ts';

const KiB = 1024;

/** What the kernel counts for each task. Who goes beyond is refused, and stays. */
export const KERNEL_LIMITS: Rows<
  | 'namesPerTask'
  | 'portsPerTask'
  | 'queuedBytesPerTask'
  | 'replyBytesPerTask'
  | 'pendingCalls'
  | 'requestsPerTask'
  | 'waitingReceives'
> = {
  namesPerTask: {
    limits: { namesPerTask: 200 },
    meets: 'KERN_NO_SPACE',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        const made = await untilRefused(() => flooder.ask('port_allocate', { right: RIGHT.DEAD_NAME }));
        expect(made.code).toBe('KERN_NO_SPACE');
        expect(stateOf(arena, flooder).names).toHaveLength(200);
        expect(text('MACH_SEND_INVALID_RIGHT')).toContain('namesPerTask');
        // What it gives back it can have again.
        expect((await flooder.ask('port_deallocate', { name: made.names[0] ?? 0 })).code).toBe(0);
        expect((await flooder.ask('port_allocate', { right: RIGHT.DEAD_NAME })).code).toBe(0);
      }),
  },

  portsPerTask: {
    limits: { portsPerTask: 50 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        // Those that it sends away, and that nobody receives, are its own still.
        const unread = arena.bystanders.server.allocate({ label: 'unread', qlimit: 100 });
        const dest = { disp: DISP.COPY_SEND, name: await arena.grant(flooder.task, DISP.MAKE_SEND, unread.name) };
        const made = await untilRefused(async () => {
          const answer = await flooder.ask('port_allocate', { right: RIGHT.RECEIVE });
          if (answer.code === 0) flooder.send(dest, { rights: [{ disp: DISP.MOVE_RECEIVE, name: answer.name }] });
          return answer;
        });
        expect(made.code).toBe('KERN_RESOURCE_SHORTAGE');
        expect(made.names.length).toBeGreaterThan(40);
        unread.destroy();
        expect(text('MACH_SEND_INVALID_RIGHT')).toContain('portsPerTask');
      }),
  },

  queuedBytesPerTask: {
    limits: { queuedBytesPerTask: 256 * KiB },
    meets: 'MACH_SEND_NO_BUFFER',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        const unread = arena.bystanders.server.allocate({ label: 'unread' });
        const dest = { disp: DISP.COPY_SEND, name: await arena.grant(flooder.task, DISP.MAKE_SEND, unread.name) };
        // The queue is full after five, and the rest are blocked sends: charged like the others.
        const last = Array.from({ length: 60 }, () => flooder.send(dest, { body: new Uint8Array(8 * KiB) })).at(-1);
        expect(await flooder.sent(last ?? 0)).toBe('MACH_SEND_NO_BUFFER');
        const { queuedBytes, blocked } = stateOf(arena, flooder);
        expect(queuedBytes).toBeGreaterThan(240 * KiB);
        expect(queuedBytes).toBeLessThanOrEqual(256 * KiB);
        expect(blocked).toBeGreaterThan(10);
        // Small ones cost more than their bytes.
        const small = Array.from({ length: 30 }, () => flooder.send(dest)).at(-1);
        expect(await flooder.sent(small ?? 0)).toBe('MACH_SEND_NO_BUFFER');
        expect(text('MACH_SEND_NO_BUFFER')).toContain('queuedBytesPerTask');
        unread.destroy();
        await flooder.ask('port_type', { name: flooder.target });
        expect(stateOf(arena, flooder)).toMatchObject({ queuedBytes: 0, blocked: 0 });
      }),
  },

  replyBytesPerTask: {
    limits: { replyBytesPerTask: 256 * KiB },
    meets: 'ELIMIT',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        flooder.tell('port_allocate_name', { right: RIGHT.RECEIVE, name: FREE });
        const reply = { disp: DISP.MAKE_SEND_ONCE, name: FREE };
        // It asks for much, and takes nothing.
        const body = new Uint8Array(32 * KiB);
        const asked = Array.from({ length: 40 }, () => flooder.send(toBystander(flooder), { reply, body, flags: RAW }));
        await until(() => portNamed(arena, flooder, FREE)?.msgcount === asked.length);
        const { replyBytes } = stateOf(arena, flooder);
        expect(replyBytes).toBeGreaterThan(224 * KiB);
        expect(replyBytes).toBeLessThan(288 * KiB);
        // Once it reads, each of its calls has an answer; of some of them that what came was dropped.
        flooder.tell('serve', { name: FREE });
        const came = { replies: 0, dropped: 0 };
        for (let i = 0; i < asked.length; i += 1) {
          const { kind, body: fields } = await flooder.delivered();
          if (kind === 'deliver') came.replies += 1;
          else if (decodeFields('notify', fields).count > body.length) came.dropped += 1;
          flooder.took(FREE, 1);
        }
        expect(came.replies).toBeGreaterThan(5);
        expect(came).toEqual({ replies: came.replies, dropped: asked.length - came.replies });
        await flooder.ask('port_type', { name: FREE });
        expect(stateOf(arena, flooder)).toMatchObject({ replyBytes: 0, pendingCalls: 1 });
      }),
  },

  pendingCalls: {
    limits: { pendingCalls: 20 },
    meets: 'MACH_SEND_NO_BUFFER',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        const silent = arena.bystanders.server.allocate({ label: 'silent', qlimit: 100 });
        const dest = { disp: DISP.COPY_SEND, name: await arena.grant(flooder.task, DISP.MAKE_SEND, silent.name) };
        flooder.tell('port_allocate_name', { right: RIGHT.RECEIVE, name: FREE });
        const once = { disp: DISP.MAKE_SEND_ONCE, name: FREE };
        // By the reply right, and by those in the body: each is a name in a server's space.
        const first = Array.from({ length: 10 }, () => flooder.send(dest, { reply: once, rights: [once] }));
        expect(await flooder.sent(first.at(-1) ?? 0)).toBe('MACH_SEND_NO_BUFFER');
        expect(stateOf(arena, flooder).pendingCalls).toBe(19);
        expect(await flooder.sent(flooder.send(dest))).toBe(0);
        expect(text('MACH_SEND_NO_BUFFER')).toContain('pendingCalls');
        silent.destroy();
      }),
  },

  requestsPerTask: {
    limits: { requestsPerTask: 50 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        flooder.tell('port_allocate_name', { right: RIGHT.RECEIVE, name: FREE });
        const notify = { disp: DISP.MAKE_SEND_ONCE, name: FREE };
        // Each fires at once, into a queue that nobody reads and no limit of its own holds.
        const fields = { name: FREE, variant: NOTIFY.NO_SENDERS, sync: 0, notify, tag: 0 };
        const made = await untilRefused(() => flooder.ask('port_request_notification', fields));
        expect(made.code).toBe('KERN_RESOURCE_SHORTAGE');
        expect(stateOf(arena, flooder).requests).toBe(50);
        // Those it has asked for all come, and then it may ask again.
        flooder.tell('serve', { name: FREE });
        for (const _ of made.names) await flooder.delivered();
        flooder.took(FREE, made.names.length);
        expect((await flooder.ask('port_request_notification', fields)).code).toBe(0);
      }),
  },

  waitingReceives: {
    limits: { waitingReceives: 30 },
    meets: 'KERN_RESOURCE_SHORTAGE',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        flooder.tell('port_allocate_name', { right: RIGHT.RECEIVE, name: FREE });
        let receiveId = 0;
        const receive = () =>
          flooder.ask('receive', {
            name: FREE,
            receiveId: (receiveId += 1),
            maxBytes: KiB,
            large: false,
            poll: false,
            notify: 0,
          });
        for (let i = 0; i < 30; i += 1) expect((await receive()).code).toBe('waiting');
        expect((await receive()).code).toBe('KERN_RESOURCE_SHORTAGE');
        expect(stateOf(arena, flooder).waiting).toBe(30);
        flooder.tell('receive_cancel', { receiveId: 7, code: 'MACH_RCV_INTERRUPTED' });
        expect((await receive()).code).toBe('waiting');
      }),
  },
};

async function untilRefused(make: () => Promise<{ code: unknown; name?: number }>) {
  const names: number[] = [];
  for (;;) {
    const { code, name = 0 } = await make();
    if (code !== 0) return { code, names };
    names.push(name);
  }
}

function toBystander({ target }: Flooder) {
  return { disp: DISP.COPY_SEND, name: target };
}

/** What a user of the library reads where a message meets this code. */
function text(code: 'MACH_SEND_NO_BUFFER' | 'MACH_SEND_INVALID_RIGHT'): string {
  return String(failureOf(new Call(1, undefined), code, 'a call'));
}

const RAW = 0x100;

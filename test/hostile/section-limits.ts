import { expect } from 'vitest';
import { DISP, RIGHT } from '../../src/kernel/index.ts';
import { critical, deferred } from '../../src/task/index.ts';
import { encodeBody } from '../../src/wire/body.ts';
import { decodeErrorBody } from '../../src/wire/error-body.ts';
import { FLAG, MESSAGES } from '../../src/wire/index.ts';
import { until } from '../support/until.ts';
import { type Flooder, FREE } from './flooder.ts';
import { flooding } from './looking.ts';
import type { Rows } from './row.ts';

/** What a task has wait that is in a critical section. Who sends more is refused, and those who came before it are served. */
export const SECTION_LIMITS: Rows<'heldBack'> = {
  heldBack: {
    limits: { heldBack: 20 },
    meets: 'ELIMIT',
    attack: (arena) =>
      flooding(arena, async (flooder) => {
        flooder.tell('port_allocate_name', { right: RIGHT.RECEIVE, name: FREE });
        flooder.tell('serve', { name: FREE });
        const end = deferred();
        const section = critical(() => end.promise);
        // The bystander's call comes first.
        await until(() => arena.bystanders.server.heldBack.size === 1);
        const dest = { disp: DISP.COPY_SEND, name: flooder.target };
        const reply = { disp: DISP.MAKE_SEND_ONCE, name: FREE };
        for (let i = 0; i < 40; i += 1) flooder.send(dest, { reply, body: encodeBody(i), flags: 0 });
        const refused = await replies(flooder, 21);
        expect(arena.bystanders.server.heldBack.size).toBe(20);
        for (const { flags, body } of refused) {
          expect(flags & FLAG.FAILED).not.toBe(0);
          expect(decodeErrorBody(body)).toMatchObject({
            code: 'ELIMIT',
            handled: 'no',
            message: expect.stringMatching(/20 requests wait .*\(heldBack\)/) as string,
          });
        }
        end.resolve();
        await section;
        const served = await replies(flooder, 19);
        expect(served.map(({ body }) => body)).toEqual(Array.from({ length: 19 }, (_, i) => encodeBody(i)));
      }),
  },
};

async function replies(flooder: Flooder, count: number): Promise<{ flags: number; body: Buffer }[]> {
  const all = [];
  while (all.length < count) {
    const { header, body } = await flooder.peer.next();
    if (header.kind !== MESSAGES.deliver.id) continue;
    flooder.took(FREE, 1);
    all.push({ flags: header.flags, body });
  }
  return all;
}

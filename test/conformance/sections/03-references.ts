import { DISP, NOTIFY, RIGHT, TYPE } from 'easync';
import { expect } from 'vitest';
import { section } from '../rules.ts';

const { SEND, RECEIVE, SEND_ONCE, PORT_SET } = RIGHT;
/** A name that nothing has. */
const NONE = 0x2fff_ffff;

export const references = section('§3 operations: references', (rule) => {
  rule('mod_refs: right out of range, then no entry, then the lack of the right', async ({ a }) => {
    expect(await a.modRefs(NONE, 5, 0)).toBe('KERN_INVALID_VALUE');
    expect(await a.modRefs(NONE, SEND, 0)).toBe('KERN_INVALID_NAME');
    const [port, set, dead] = [await a.port(), await a.set(), await a.deadName()];
    const once = await a.once(port);
    const lacking: [number, number[]][] = [
      [port, [SEND, SEND_ONCE, PORT_SET, RIGHT.DEAD_NAME]],
      [set, [SEND, RECEIVE, SEND_ONCE, RIGHT.DEAD_NAME]],
      [once, [SEND, RECEIVE, PORT_SET, RIGHT.DEAD_NAME]],
      [dead, [SEND, RECEIVE, SEND_ONCE, PORT_SET]],
    ];
    for (const [name, rights] of lacking) {
      for (const right of rights) expect(await a.modRefs(name, right, 0)).toBe('KERN_INVALID_RIGHT');
      for (const right of rights) expect(await a.modRefs(name, right, -1)).toBe('KERN_INVALID_RIGHT');
    }
  });

  for (const [kind, right] of Object.entries({ RECEIVE, PORT_SET, SEND_ONCE })) {
    rule(`mod_refs ${kind}: 0 does nothing, -1 destroys, anything else is KERN_INVALID_VALUE`, async ({ a }) => {
      const port = await a.port();
      const name = right === RECEIVE ? port : right === PORT_SET ? await a.set() : await a.once(port);
      for (const delta of [1, 2, -2, 1000, -1000])
        expect(await a.modRefs(name, right, delta)).toBe('KERN_INVALID_VALUE');
      expect(await a.modRefs(name, right, 0)).toBe(0);
      expect(await a.refs(name, right)).toBe(1);
      expect(await a.modRefs(name, right, -1)).toBe(0);
      expect(await a.type(name)).toBe('KERN_INVALID_NAME');
      if (right === SEND_ONCE) expect(await a.notices(port)).toEqual(['send-once']);
    });
  }

  rule(
    'mod_refs SEND: below 0 KERN_INVALID_VALUE, above 65534 KERN_UREFS_OVERFLOW, and nothing has changed',
    async ({ a, b }) => {
      const name = await a.sendRightTo(await b.port(), b);
      expect(await a.modRefs(name, SEND, 2)).toBe(0);
      expect(await a.modRefs(name, SEND, -4)).toBe('KERN_INVALID_VALUE');
      expect(await a.modRefs(name, SEND, 65_532)).toBe('KERN_UREFS_OVERFLOW');
      expect(await a.sends(name)).toBe(3);
      expect(await a.modRefs(name, SEND, 65_531)).toBe(0);
      expect(await a.sends(name)).toBe(65_534);
      expect(await a.modRefs(name, SEND, 0)).toBe(0);
      expect(await a.modRefs(name, SEND, -65_534)).toBe(0);
      expect(await a.type(name)).toBe('KERN_INVALID_NAME');
    },
  );

  rule('mod_refs SEND to 0 leaves the receive right under the name', async ({ a }) => {
    const name = await a.sender();
    expect(await a.modRefs(name, SEND, -1)).toBe(0);
    expect(await a.type(name)).toBe(TYPE.RECEIVE);
    expect(await a.modRefs(name, SEND, 1)).toBe('KERN_INVALID_RIGHT');
  });

  rule(
    'mod_refs DEAD_NAME: below 0 KERN_INVALID_VALUE, above 65535 KERN_UREFS_OVERFLOW, to 0 frees the name',
    async ({ a }) => {
      const name = await a.deadName(2);
      expect(await a.modRefs(name, RIGHT.DEAD_NAME, -3)).toBe('KERN_INVALID_VALUE');
      expect(await a.modRefs(name, RIGHT.DEAD_NAME, 65_534)).toBe('KERN_UREFS_OVERFLOW');
      expect(await a.modRefs(name, RIGHT.DEAD_NAME, 65_533)).toBe(0);
      expect(await a.deads(name)).toBe(65_535);
      expect(await a.modRefs(name, RIGHT.DEAD_NAME, -65_535)).toBe(0);
      expect(await a.type(name)).toBe('KERN_INVALID_NAME');
    },
  );

  rule('deallocate takes one reference of a send right; with the last the name goes', async ({ a, b }) => {
    const name = await a.sendRightTo(await b.port(), b);
    await a.modRefs(name, SEND, 1);
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.sends(name)).toBe(1);
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.deallocate(name)).toBe('KERN_INVALID_NAME');
  });

  rule('deallocate of a send-once right destroys it: its port is told', async ({ a, b }) => {
    const port = await a.port();
    const once = await a.give(DISP.MAKE_SEND_ONCE, port, b);
    expect(await b.deallocate(once)).toBe(0);
    expect(await b.type(once)).toBe('KERN_INVALID_NAME');
    expect(await a.notices(port)).toEqual(['send-once']);
  });

  rule('deallocate takes one reference of a dead name', async ({ a }) => {
    const name = await a.deadName(2);
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.deads(name)).toBe(1);
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.type(name)).toBe('KERN_INVALID_NAME');
  });

  rule('deallocate of a receive right alone, or of a set, is KERN_INVALID_RIGHT', async ({ a }) => {
    const port = await a.port();
    const set = await a.set(port);
    expect(await a.deallocate(port)).toBe('KERN_INVALID_RIGHT');
    expect(await a.deallocate(set)).toBe('KERN_INVALID_RIGHT');
    expect(await a.members(set)).toEqual([port]);
  });

  rule('deallocate on SEND+RECEIVE takes a send reference only', async ({ a }) => {
    const name = await a.sender();
    expect(await a.deallocate(name)).toBe(0);
    expect(await a.type(name)).toBe(TYPE.RECEIVE);
    expect(await a.deallocate(name)).toBe('KERN_INVALID_RIGHT');
  });

  rule('destroy drops everything that the name denotes, all references at once', async ({ a, b }) => {
    const name = await a.sender();
    await a.modRefs(name, SEND, 10);
    const there = await b.sendRightTo(name, a);
    expect(await a.destroy(name)).toBe(0);
    expect(await a.type(name)).toBe('KERN_INVALID_NAME');
    expect(await b.type(there)).toBe(TYPE.DEAD_NAME);
    await b.modRefs(there, RIGHT.DEAD_NAME, 5);
    expect(await b.destroy(there)).toBe(0);
    expect(await b.type(there)).toBe('KERN_INVALID_NAME');
  });

  rule('destroy of a send right with many references is one sender less', async ({ a, b }) => {
    const port = await a.port();
    const name = await b.sendRightTo(port, a);
    await b.modRefs(name, SEND, 10);
    await a.watch(port, NOTIFY.NO_SENDERS, port);
    expect(await b.destroy(name)).toBe(0);
    expect(await a.notices(port)).toEqual(['no-senders 1']);
  });
});

import { boot, Call, copy, doMsg, make, move } from 'easync';
import { describe, expect, test } from 'vitest';
import { DISP, RIGHT } from '../../src/kernel/types.ts';
import { Held } from '../fixtures/held-driver.js';
import { testSystem } from '../support/system.ts';
import { rejection } from '../support/rejection.ts';
import { fileURLToPath } from 'node:url';

const DRIVER = fileURLToPath(new URL('../fixtures/held-driver.js', import.meta.url));
const NAME = 7_000_001;

describe('kernel calls by name', () => {
  test('a receive that waits settles with the message, or with the code that cancels it', async () => {
    await using t = await testSystem();
    const { traps } = t.sys.task;
    await traps.call('port_allocate_name', { right: RIGHT.RECEIVE, name: NAME });
    const wanted = { name: NAME, maxBytes: 1 << 20, large: false, poll: false, notify: 0 };
    const cancelled = traps.call('receive', { ...wanted, receiveId: 1 });
    await traps.call('receive_cancel', { receiveId: 1, code: 'MACH_RCV_TIMED_OUT' });
    expect(await cancelled).toMatchObject({ code: 'MACH_RCV_TIMED_OUT' });

    const received = traps.call('receive', { ...wanted, receiveId: 2 });
    const notify = { disp: DISP.MAKE_SEND_ONCE, name: NAME };
    await traps.call('port_request_notification', { name: NAME, variant: 70, sync: 0, notify, tag: 42 });
    expect(await received).toMatchObject({ code: 0, notification: 70, tag: 42 });

    const lost = traps.call('receive', { ...wanted, receiveId: 3 });
    await traps.call('port_destroy', { name: NAME });
    expect(await lost).toMatchObject({ code: 'MACH_RCV_PORT_DIED' });
    expect(await traps.call('receive', { ...wanted, receiveId: 4, poll: true })).toMatchObject({
      code: 'MACH_RCV_INVALID_NAME',
    });
  });

  test('a port that is destroyed by name is dead for its handles too', async () => {
    await using t = await testSystem();
    const port = t.sys.task.allocate();
    using right = make.send(port);
    const waiting = doMsg(right, new Call(1, 'hello'));
    expect(await t.sys.task.traps.call('port_destroy', { name: port.name })).toMatchObject({ code: 0 });
    expect(await waiting).toBe('MACH_SEND_INVALID_DEST');
    expect(port.isDestroyed).toBe(true);
  });

  test('one handle that came in a message is one user reference', async () => {
    await using t = await testSystem();
    using held = await t.sys.open(Held, DRIVER, { place: 'process' });
    const port = t.sys.task.allocate();
    const refs = async (): Promise<unknown> => {
      const ports = (await t.sys.host?.ports({})) ?? [];
      return ports
        .filter(
          ({ label, rights, receiver }) =>
            label === 'held-driver' && rights.includes('send') && receiver === t.sys.task.welcome.task,
        )
        .map((p) => p.refs);
    };
    const before = await refs();
    await held.note(make.send(port));
    await held.note(make.send(port));
    await rejection(held.notes());
    expect(await refs()).toEqual([...(before as number[]), 2]);
    port.destroy();
  });

  test('a message with a right that is not held fails with MACH_SEND_INVALID_RIGHT, whatever its reply right brings', async () => {
    await using sys = await boot();
    const held = await sys.open(Held, DRIVER, { place: 'process' });
    const { right } = await held.pass({ right: copy((await sys.names.lookUp({ name: 'bootstrap' })).port) });
    // Behind the handle's back its name goes.
    await sys.task.traps.call('port_destroy', { name: right.name });
    const error = await rejection(held.pass({ right: move(right) }));
    expect(error).toMatchObject({ code: 'MACH_SEND_INVALID_RIGHT', handled: 'no' });
  });
});

import { DISP, NOTIFY, TYPE } from 'easync';
import { expect } from 'vitest';
import { section } from '../rules.ts';

const { MOVE_RECEIVE, MAKE_SEND_ONCE } = DISP;
const { SEND_POSSIBLE } = NOTIFY;
const FULL = 'MACH_SEND_TIMED_OUT';

export const sendPossible = section('§10 send-possible', (rule) => {
  rule('armed (sync): it fires at once if the queue is not full', async ({ a, b }) => {
    const [port, told] = [await b.port(), await a.port()];
    const name = await a.sendRightTo(port, b);
    expect((await a.request(name, SEND_POSSIBLE, told, 1)).code).toBe(0);
    expect(await a.notices(told)).toEqual([`send-possible ${name}`]);
    expect(await a.type(name)).toBe(TYPE.SEND);
  });

  rule('armed on a send-once right: it fires at once, also if the queue is full', async ({ a, b }) => {
    const [port, told] = [await b.port(0), await a.port()];
    const once = await b.give(MAKE_SEND_ONCE, port, a);
    await a.request(once, SEND_POSSIBLE, told, 1);
    expect(await a.notices(told)).toEqual([`send-possible ${once}`]);
  });

  rule('armed while the queue is full: it fires when a message is received', async ({ a, b }) => {
    const [port, told] = [await b.port(1), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.post(name);
    await a.watch(name, SEND_POSSIBLE, told, 1);
    expect(await a.notices(told)).toEqual([]);
    expect(await a.type(name)).toBe((TYPE.SEND | TYPE.DNREQUEST) >>> 0);
    await b.take(port);
    expect(await a.notices(told)).toEqual([`send-possible ${name}`]);
    expect(await a.type(name)).toBe(TYPE.SEND);
  });

  rule('not armed: a message received tells nobody', async ({ a, b }) => {
    const [port, told] = [await b.port(1), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.post(name);
    await a.watch(name, SEND_POSSIBLE, told, 0);
    await b.take(port);
    expect(await a.notices(told)).toEqual([]);
    await a.post(name);
    // A send that does not say SEND_NOTIFY arms nothing.
    expect((await a.send(name)).code).toBe(FULL);
    await b.take(port);
    expect(await a.notices(told)).toEqual([]);
  });

  rule('a send with SEND_NOTIFY that finds the queue full arms it; the message comes back', async ({ a, b }) => {
    const [port, told] = [await b.port(1), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, SEND_POSSIBLE, told, 0);
    await a.post(name, { notify: true });
    expect(await a.notices(told)).toEqual([]);
    const { code, returned } = await a.send(name, { notify: true });
    expect([code, returned?.remote.name]).toEqual([FULL, name]);
    expect(await a.notices(told)).toEqual([]);
    await b.take(port);
    expect(await a.notices(told)).toEqual([`send-possible ${name}`]);
  });

  rule('a send with SEND_NOTIFY that found room arms nothing', async ({ a, b }) => {
    const [port, told] = [await b.port(2), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, SEND_POSSIBLE, told, 0);
    await a.post(name, { notify: true });
    await a.post(name);
    await b.take(port);
    expect(await a.notices(told)).toEqual([]);
  });

  rule('a send with SEND_NOTIFY that waits arms it, and is let in as any other', async ({ a, b }) => {
    const [port, told] = [await b.port(1), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, SEND_POSSIBLE, told, 0);
    await a.post(name);
    const blocked = await a.beginSend(name, { notify: true, id: 1 });
    await b.take(port);
    expect(await blocked.result).toEqual({ code: 0 });
    expect(await a.notices(told)).toEqual([`send-possible ${name}`]);
    expect(await b.drain(port)).toEqual([1]);
  });

  rule('without a request SEND_NOTIFY changes nothing', async ({ a }) => {
    const port = await a.sender(1);
    await a.post(port, { notify: true });
    expect((await a.send(port, { notify: true })).code).toBe(FULL);
    await a.watch(port, NOTIFY.DEAD_NAME, port);
    expect((await a.send(port, { notify: true })).code).toBe(FULL);
    expect(await a.drain(port)).toEqual([0]);
  });

  rule('every armed request on the port fires, in every task; each once', async ({ a, b, c }) => {
    const [port, toldB, toldC] = [await a.port(1), await b.port(), await c.port()];
    const [inB, inC] = [await b.sendRightTo(port, a), await c.sendRightTo(port, a)];
    await b.post(inB);
    await b.watch(inB, SEND_POSSIBLE, toldB, 1);
    await c.watch(inC, SEND_POSSIBLE, toldC, 1);
    await a.take(port);
    expect(await b.notices(toldB)).toEqual([`send-possible ${inB}`]);
    expect(await c.notices(toldC)).toEqual([`send-possible ${inC}`]);
    await b.post(inB);
    await a.take(port);
    expect([await b.notices(toldB), await c.notices(toldC)]).toEqual([[], []]);
  });

  rule('it implies dead-name: the port dies', async ({ a, b }) => {
    const [port, told] = [await b.port(0), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, SEND_POSSIBLE, told, 1);
    await b.destroy(port);
    expect(await a.notices(told)).toEqual([`dead-name ${name}`]);
    expect(await a.deads(name)).toBe(2);
  });

  rule('it implies dead-name: the name is deleted', async ({ a, b }) => {
    const told = await a.port();
    const name = await a.sendRightTo(await b.port(0), b);
    await a.watch(name, SEND_POSSIBLE, told, 1);
    await a.deallocate(name);
    expect(await a.notices(told)).toEqual([`port-deleted ${name}`]);
  });

  rule('on a dead name with sync it fires at once, as a dead-name', async ({ a }) => {
    const [dead, told] = [await a.deadName(), await a.port()];
    expect((await a.request(dead, SEND_POSSIBLE, told, 1)).code).toBe(0);
    expect(await a.notices(told)).toEqual([`dead-name ${dead}`]);
    expect(await a.deads(dead)).toBe(2);
  });

  rule('a cancelled request does not fire', async ({ a, b }) => {
    const [port, told] = [await b.port(1), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.post(name);
    await a.watch(name, SEND_POSSIBLE, told, 1);
    a.mine((await a.request(name, SEND_POSSIBLE, 0)).name);
    await b.take(port);
    expect(await a.notices(told)).toEqual([]);
  });

  rule('a dead-name request in its place is not armed', async ({ a, b }) => {
    const [port, told] = [await b.port(1), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.post(name);
    await a.watch(name, SEND_POSSIBLE, told, 1);
    a.mine((await a.request(name, NOTIFY.DEAD_NAME, told)).name);
    await b.take(port);
    expect(await a.notices(told)).toEqual([]);
  });

  rule('it fires when the limit is raised', async ({ a, b }) => {
    const [port, told] = [await b.port(0), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.watch(name, SEND_POSSIBLE, told, 1);
    await b.setQlimit(port, 1);
    expect(await a.notices(told)).toEqual([`send-possible ${name}`]);
  });

  rule('it fires wherever the receive right has gone', async ({ a, b, c }) => {
    const [port, told] = [await b.port(1), await a.port()];
    const name = await a.sendRightTo(port, b);
    await a.post(name);
    await a.watch(name, SEND_POSSIBLE, told, 1);
    const inC = await b.give(MOVE_RECEIVE, port, c);
    expect(await a.notices(told)).toEqual([]);
    await c.take(inC);
    expect(await a.notices(told)).toEqual([`send-possible ${name}`]);
  });
});

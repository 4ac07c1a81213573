import { DISP, named, NOTIFY, RIGHT } from 'easync';
import { expect } from 'vitest';
import { rightsOf } from '../actor.ts';
import { section } from '../rules.ts';

const NEW_PORT = {
  seqno: 0,
  mscount: 0,
  qlimit: 5,
  msgcount: 0,
  sorights: 0,
  srights: false,
  pdrequest: false,
  nsrequest: false,
  pset: 0,
};

export const counters = section('§2 counters of a port', (rule) => {
  rule('a new port has all counters at 0, a qlimit of 5, no set and no requests', async ({ a }) => {
    expect(await a.status(await a.port())).toEqual(NEW_PORT);
  });

  rule('srights counts entries, not references', async ({ a, b }) => {
    const port = await a.port();
    const name = await b.sendRightTo(port, a);
    await b.modRefs(name, RIGHT.SEND, 5);
    await a.watch(port, NOTIFY.NO_SENDERS, port);
    await b.modRefs(name, RIGHT.SEND, -5);
    expect(await a.notices(port)).toEqual([]);
    expect(await b.deallocate(name)).toBe(0);
    expect(await a.notices(port)).toEqual(['no-senders 1']);
  });

  rule('srights counts each task, and the receiver’s own send right too', async ({ a, b, c }) => {
    const port = await a.sender();
    const inB = await b.sendRightTo(port, a);
    const inC = await b.give(DISP.COPY_SEND, inB, c);
    await a.watch(port, NOTIFY.NO_SENDERS, port);
    await a.deallocate(port);
    await b.deallocate(inB);
    expect((await a.status(port)).srights).toBe(true);
    await c.deallocate(inC);
    expect((await a.status(port)).srights).toBe(false);
    expect(await a.notices(port)).toEqual(['no-senders 2']);
  });

  rule('srights counts a right in a message that waits', async ({ a, b }) => {
    const [port, queue] = [await a.port(), await b.sender()];
    const name = await b.sendRightTo(port, a);
    await a.watch(port, NOTIFY.NO_SENDERS, port);
    await b.post(queue, { body: [named(DISP.MOVE_SEND, name)] });
    expect((await a.status(port)).srights).toBe(true);
    expect(await a.notices(port)).toEqual([]);
    await b.destroy(queue);
    expect(await a.notices(port)).toEqual(['no-senders 1']);
  });

  rule('srights counts the destination right of a message that waits, until it is received', async ({ a, b }) => {
    const [port, told] = [await a.port(), await a.port()];
    const name = await b.sendRightTo(port, a);
    await a.watch(port, NOTIFY.NO_SENDERS, told);
    await b.post({ disp: DISP.MOVE_SEND, name });
    expect(await b.type(name)).toBe('KERN_INVALID_NAME');
    expect(await a.status(port)).toMatchObject({ srights: true, nsrequest: true });
    await a.take(port);
    expect(await a.status(port)).toMatchObject({ srights: false, nsrequest: false });
  });

  rule('sorights counts entries of send-once rights', async ({ a, b }) => {
    const port = await a.port();
    await a.once(port);
    const there = await a.give(DISP.MAKE_SEND_ONCE, port, b);
    expect((await a.status(port)).sorights).toBe(2);
    await b.deallocate(there);
    // One is in the header of its notification.
    expect((await a.status(port)).sorights).toBe(2);
    expect(await a.notices(port)).toEqual(['send-once']);
    expect((await a.status(port)).sorights).toBe(1);
  });

  rule('sorights counts send-once rights in messages: reply, body and destination', async ({ a }) => {
    const [port, queue] = [await a.port(), await a.sender()];
    await a.post(queue, { local: { disp: DISP.MAKE_SEND_ONCE, name: port } });
    expect((await a.status(port)).sorights).toBe(1);
    await a.post(queue, { body: [named(DISP.MAKE_SEND_ONCE, port)] });
    expect((await a.status(port)).sorights).toBe(2);
    const once = await a.once(port);
    await a.post({ disp: DISP.MOVE_SEND_ONCE, name: once });
    expect((await a.status(port)).sorights).toBe(3);
    await a.take(port);
    expect((await a.status(port)).sorights).toBe(2);
    await a.destroy(queue);
    expect(await a.notices(port)).toEqual(['send-once', 'send-once']);
    expect((await a.status(port)).sorights).toBe(0);
  });

  rule('sorights counts registered requests that go to the port', async ({ a, b }) => {
    const [port, other, name] = [await a.port(), await a.port(), await a.sendRightTo(await b.port(), b)];
    await a.watch(other, NOTIFY.NO_SENDERS, port);
    // Fired at once, there being no sender: it is in the header of the notification.
    expect((await a.status(port)).sorights).toBe(1);
    expect(await a.notices(port)).toEqual(['no-senders 0']);
    expect((await a.status(port)).sorights).toBe(0);
    await a.makeSend(other);
    await a.watch(other, NOTIFY.NO_SENDERS, port);
    await a.watch(other, NOTIFY.PORT_DESTROYED, port);
    await a.watch(name, NOTIFY.DEAD_NAME, port);
    expect((await a.status(port)).sorights).toBe(3);
    expect(await a.status(other)).toMatchObject({ nsrequest: true, pdrequest: true });
    expect((await a.request(name, NOTIFY.DEAD_NAME, 0)).code).toBe(0);
    expect((await a.request(other, NOTIFY.PORT_DESTROYED, 0)).code).toBe(0);
    expect((await a.request(other, NOTIFY.NO_SENDERS, 0)).code).toBe(0);
    // A cancelled request gives its right back: it is an entry now.
    expect((await a.status(port)).sorights).toBe(3);
    for (const [given, type] of await a.names()) {
      if (type === 1 << 18) await a.deallocate(given);
    }
    expect(await a.notices(port)).toEqual(['send-once', 'send-once', 'send-once']);
  });

  rule('mscount goes up with each MAKE_SEND, wherever it is', async ({ a, b }) => {
    const [port, queue] = [await a.port(), await a.sender()];
    const mscount = async (): Promise<number> => (await a.status(port)).mscount;
    await a.insert(port, port, DISP.MAKE_SEND);
    expect(await mscount()).toBe(1);
    await a.extract(port, DISP.MAKE_SEND);
    expect(await mscount()).toBe(2);
    await a.post(queue, { local: { disp: DISP.MAKE_SEND, name: port }, body: [named(DISP.MAKE_SEND, port)] });
    expect(await mscount()).toBe(4);
    await a.post({ disp: DISP.MAKE_SEND, name: port });
    expect(await mscount()).toBe(5);
    await b.sendRightTo(port, a);
    expect(await mscount()).toBe(6);
  });

  rule('mscount does not go up with COPY_SEND, MOVE_SEND or MAKE_SEND_ONCE', async ({ a, b }) => {
    const port = await a.sender();
    await a.give(DISP.COPY_SEND, port, b);
    await a.give(DISP.MOVE_SEND, port, b);
    await a.give(DISP.MAKE_SEND_ONCE, port, b);
    expect((await a.status(port)).mscount).toBe(1);
  });

  rule('mscount and seqno are set to 0 when the receive right is sent, not when it arrives', async ({ a, b }) => {
    const [port, full] = [await a.sender(), await a.sender(0)];
    await a.postMany(port, 2);
    await a.take(port);
    expect(await a.status(port)).toMatchObject({ mscount: 1, seqno: 1 });
    // The send does not happen, but the right was taken for it.
    const { code, returned } = await a.send(full, { body: [named(DISP.MOVE_RECEIVE, port)] });
    expect(code).toBe('MACH_SEND_TIMED_OUT');
    expect(await a.status(port)).toMatchObject({ mscount: 0, seqno: 0, msgcount: 1 });
    await a.deallocate(returned?.remote.name ?? 0);
    expect(await a.give(DISP.MOVE_RECEIVE, port, b)).not.toBe(0);
  });

  rule('seqno is stamped when a message is received, and counts up', async ({ a }) => {
    const port = await a.sender();
    await a.postMany(port, 3);
    expect((await a.status(port)).seqno).toBe(0);
    for (const seqno of [0, 1, 2]) expect((await a.take(port)).seqno).toBe(seqno);
    expect((await a.status(port)).seqno).toBe(3);
    expect(await a.task.calls.port_set_seqno(port, 41)).toEqual({ code: 0 });
    await a.postMany(port, 2);
    expect([(await a.take(port)).seqno, (await a.take(port)).seqno]).toEqual([41, 42]);
  });

  rule(
    'moving the receive right keeps queue, qlimit, senders and requests; it resets mscount, seqno and set',
    async ({ a, b, c }) => {
      const port = await a.port(7);
      const sender = await c.sendRightTo(port, a);
      await a.set(port);
      const notify = await a.port();
      await a.watch(port, NOTIFY.NO_SENDERS, notify);
      await a.watch(port, NOTIFY.PORT_DESTROYED, notify);
      await c.postMany(sender, 3);
      await a.task.calls.port_set_mscount(port, 9);
      await a.task.calls.port_set_seqno(port, 9);
      const there = await a.give(DISP.MOVE_RECEIVE, port, b);
      const { seqno, mscount, pset, qlimit, msgcount, srights, nsrequest, pdrequest } = await b.status(there);
      expect({ seqno, mscount, pset }).toEqual({ seqno: 0, mscount: 0, pset: 0 });
      expect({ qlimit, msgcount, srights, nsrequest, pdrequest }).toEqual({
        qlimit: 7,
        msgcount: 3,
        srights: true,
        nsrequest: true,
        pdrequest: true,
      });
      expect(await b.drain(there)).toEqual([0, 1, 2]);
      await c.deallocate(sender);
      expect(await a.notices(notify)).toEqual(['no-senders 0']);
      expect((await b.request(there, NOTIFY.PORT_DESTROYED, 0)).name).not.toBe(0);
      expect(await a.notices(notify)).toEqual([]);
      for (const [name, type] of await b.names()) if (type === 1 << 18) await b.deallocate(name);
    },
  );

  rule('msgcount counts what is queued', async ({ a }) => {
    const port = await a.sender();
    await a.postMany(port, 4);
    expect((await a.status(port)).msgcount).toBe(4);
    await a.take(port);
    expect((await a.status(port)).msgcount).toBe(3);
    expect(rightsOf(await a.take(port))).toEqual([]);
  });
});

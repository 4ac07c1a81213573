import { make, move, replyMsg } from 'easync';
import { describe, expect, test } from 'vitest';
import { noteTo, Porter, PORTER } from '../../support/porter.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem, type TestSystem } from '../../support/system.ts';

// Full queues (mach.md §9, §10 send-possible), seen from handles.
describe('a full queue', () => {
  test('a call that polls is refused at once, and onSendPossible tells when to try again', async () => {
    await using t = await testSystem();
    await using full = await fullQueue(t);
    expect(await rejection(full.note.tell(1, { poll: true }))).toMatchObject({
      code: 'MACH_SEND_TIMED_OUT',
      handled: 'no',
    });
    let possible = false;
    const told = new Promise<void>((resolve) => {
      full.right.onSendPossible(() => {
        possible = true;
        resolve();
      });
    });
    await full.porter.pid();
    expect(possible).toBe(false);
    expect(await full.porter.read()).toBe(0);
    await told;
    const second = full.note.tell(1, { poll: true });
    expect(await full.porter.read()).toBe(1);
    await second;
  });

  test('a refused message gives its receive right back, with what it had', async () => {
    await using t = await testSystem();
    await using full = await fullQueue(t);
    using port = t.sys.task.allocate();
    using note = noteTo(port);
    const told = note.tell('to the one that stayed');
    // Memory in it has its place among the rights, and is none.
    const body = { memory: move(new Uint8Array(10)), port: move(port), more: move(new Uint8Array(300_000)) };
    expect(await rejection(full.note.tell(body, { poll: true }))).toMatchObject({
      code: 'MACH_SEND_TIMED_OUT',
    });
    const msg = await port.receive();
    expect(msg.body).toBe('to the one that stayed');
    replyMsg(msg, 0);
    await told;
    expect(await full.porter.read()).toBe(0);
  });

  test('a refused message leaves moved memory as it was, to be sent again; one that is taken does not', async () => {
    await using t = await testSystem();
    await using full = await fullQueue(t);
    const data = move(new Uint8Array(100_000).fill(7));
    for (let i = 0; i < 2; i += 1) {
      expect(await rejection(full.note.tell({ data }, { poll: true }))).toMatchObject({ code: 'MACH_SEND_TIMED_OUT' });
      expect([data.length, data.every((byte) => byte === 7)]).toEqual([100_000, true]);
    }
    expect(await full.porter.read()).toBe(0);
    const told = full.note.tell({ data }, { poll: true });
    expect(await full.porter.read()).toEqual({ data: new Uint8Array(100_000).fill(7) });
    await told;
    expect(data.length).toBe(0);
  });

  test('a call whose time is up before there was room is never seen by the server', async () => {
    await using t = await testSystem();
    await using full = await fullQueue(t);
    expect(await rejection(full.note.tell('too late', { timeoutMs: 1 }))).toMatchObject({ code: 'ETIMEDOUT' });
    const next = full.note.tell('next');
    expect(await full.porter.read()).toBe(0);
    expect(await full.porter.read()).toBe('next');
    await next;
  });

  test('is told of its death too, and of a port of this task at once', async () => {
    await using t = await testSystem();
    await using full = await fullQueue(t);
    const told = new Promise<void>((resolve) => full.right.onSendPossible(resolve));
    await full.porter.destroy();
    await told;
    await rejection(full.first);
    using port = t.sys.task.allocate();
    using right = make.send(port);
    await new Promise<void>((resolve) => right.onSendPossible(resolve));
  });
});

/** A port in another process whose queue of one place is taken. */
async function fullQueue(t: TestSystem) {
  const porter = await t.sys.open(Porter, PORTER, { place: 'process' });
  const port = t.sys.task.allocate({ qlimit: 1 });
  const right = make.send(port);
  const note = noteTo(port);
  await porter.take({ port: move(port) });
  const first = Promise.resolve(note.tell(0));
  first.catch(() => undefined);
  return {
    porter,
    right,
    note,
    first,
    async [Symbol.asyncDispose]() {
      right.deallocate();
      note[Symbol.dispose]();
      await porter.destroy();
      porter[Symbol.dispose]();
      await first.catch(() => undefined);
    },
  };
}

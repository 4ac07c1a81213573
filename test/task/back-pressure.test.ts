import { make, move, replyMsg } from 'easync';
import { describe, expect, test } from 'vitest';
import { noteTo, Porter, PORTER } from '../support/porter.ts';
import { rejection } from '../support/rejection.ts';
import { testSystem, type TestSystem } from '../support/system.ts';

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
    expect(await rejection(full.note.tell({ port: move(port) }, { poll: true }))).toMatchObject({
      code: 'MACH_SEND_TIMED_OUT',
    });
    const msg = await port.receive();
    expect(msg.body).toBe('to the one that stayed');
    replyMsg(msg, 0);
    await told;
    expect(await full.porter.read()).toBe(0);
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

import { getEventListeners } from 'node:events';
import { boot, doMsg, getMsg, Message, MSGF, QueuePort, replyMsg, ReplyPort, RIGHT, waitPort } from 'easync';
import { Lockmgr, Owner, prepare, sleep } from 'easync/sync';
import { expect, test } from 'vitest';

// Node takes more than ten listeners of one signal for a leak, and says so.
test('whatever waits by a signal, and however often, the signal has one listener, and none when all is over', async () => {
  await using sys = await boot();
  const { task } = sys;
  await using region = await task.vm.allocate(4096);
  const [lock, holder] = [new Lockmgr(), new Owner('holder')];
  lock.tryExclusive(holder);
  const queue = new QueuePort({ receivers: 'many' });
  const ports = [task.allocate(), task.allocate()];
  const waiters = [await prepare(region.ident(0)), await prepare(region.ident(0))];
  const names = [await task.traps.port_allocate(RIGHT.RECEIVE), await task.traps.port_allocate(RIGHT.RECEIVE)];

  const stop = new AbortController();
  const { signal } = stop;
  const all = [0, 1].flatMap((i): unknown[] => [
    sleep({}, { signal }),
    waiters[i]?.sleep({ signal }),
    lock.exclusive(new Owner('who'), { signal }),
    region.futex(0).wait(0, { signal }),
    ports[i]?.receive({ signal }),
    task.traps.msg({ receive: { name: names[i]?.name ?? 0 }, signal }),
    waitPort(queue, signal),
    doMsg(...abortable(), { signal }),
  ]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  stop.abort();
  const ends = await Promise.allSettled(all);
  expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(6);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  for (const port of ports) port.destroy();
});

/** A message whose target ends it when it is asked to. */
function abortable(): [QueuePort, Message] {
  const port = new QueuePort();
  const msg = new Message(new ReplyPort(), MSGF.ABORTABLE);
  msg.onAbort = (wanted) => {
    getMsg(port);
    replyMsg(wanted, 'EINTR');
  };
  return [port, msg];
}

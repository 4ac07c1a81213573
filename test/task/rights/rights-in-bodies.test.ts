import { copy, make, move, type ReceiveRight } from 'easync';
import { expect, test } from 'vitest';
import { Lab, LAB } from '../../support/lab.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

// Who owns the rights in a body that nobody receives. The test system sees to it that none is left.
test('a call that waits at a port which is destroyed gives its rights back', async () => {
  await using t = await testSystem();
  using port = t.sys.task.allocate();
  const gone = noSenders(port);
  const target = t.sys.task.allocate();
  using stub = t.sys.bind(Lab, make.send(target));
  const call = Promise.resolve(stub.echo({ right: make.send(port) }));
  target.destroy();
  expect(await rejection(call)).toMatchObject({ code: 'MACH_SEND_INVALID_DEST', handled: 'no' });
  await gone;
});

test('a call to a port that is dead leaves its rights where they were', async () => {
  await using t = await testSystem();
  using port = t.sys.task.allocate();
  using right = make.send(port);
  const target = t.sys.task.allocate();
  using stub = t.sys.bind(Lab, make.send(target));
  target.destroy();
  const mine = copy(right);
  await rejection(stub.echo([move(mine), copy(right)]));
  expect(mine.isReleased).toBe(false);
  mine.deallocate();
});

test('a call over the limit of pending ones leaves its rights where they were', async () => {
  await using t = await testSystem({ limits: { pendingCalls: 16 } });
  using lab = await t.sys.open(Lab, LAB, { place: 'process' });
  using port = t.sys.task.allocate();
  using right = make.send(port);
  const stop = new AbortController();
  const held = Array.from({ length: 16 }, async (_, n) =>
    lab.hold({ key: `${n}`, onAbort: 'finish' }, { signal: stop.signal }),
  );
  const mine = copy(right);
  expect(await rejection(lab.echo(move(mine)))).toMatchObject({ code: 'ELIMIT', handled: 'no' });
  expect(mine.isReleased).toBe(false);
  mine.deallocate();
  stop.abort();
  const outcomes = await Promise.allSettled(held);
  expect(outcomes.map(({ status }) => status)).toContain('fulfilled');
});

function noSenders(port: ReceiveRight): Promise<void> {
  return new Promise((resolve) => port.onNoSenders(resolve));
}

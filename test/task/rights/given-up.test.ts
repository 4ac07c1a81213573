import { copy, defineSubsystem, doMsg, make, move, type ReceiveRight, routine, type SendOnceRight } from 'easync';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { oneWay, TwoTasks } from './two-tasks.ts';

const Taker = defineSubsystem('taker', { take: routine<{ once: SendOnceRight; port: ReceiveRight }>() });

// Nobody waits for the call any more when it turns out that the kernel has not taken it.
describe.each(['its port has died', 'the queue is full'])('a call that timed out, and then %s', (why) => {
  test('gives back what it carried', async () => {
    await using pair = await TwoTasks.start();
    const isFull = why === 'the queue is full';
    const target = pair.b.allocate({ qlimit: isFull ? 0 : 5 });
    const { right } = await pair.pass(pair.a, { right: make.send(target) });
    const [inbox, port] = [pair.a.allocate(), pair.a.allocate()];
    const toPort = make.send(port);
    let died = 0;
    toPort.onDead(() => (died += 1));
    using taker = pair.systemOf(pair.a).bind(Taker, right);
    if (!isFull) target.destroy();
    await pair.sim.run();
    pair.sim.faults(pair.systemOf(pair.a)).toBroker.hold();
    const options = { timeoutMs: 10, poll: isFull };
    const failure = rejection(taker.take({ once: make.sendOnce(inbox), port: move(port) }, options));
    await pair.sim.advance(20);
    expect(await failure).toMatchObject({ code: 'ETIMEDOUT' });
    pair.sim.faults(pair.systemOf(pair.a)).toBroker.release();
    expect(await pair.sim.settle(inbox.receive())).toMatchObject({ notification: { id: 71 } });
    await pair.sim.run();
    expect(port.isDestroyed).toBe(true);
    expect(await pair.sim.settle(doMsg(toPort, oneWay(1)))).toBe('MACH_SEND_INVALID_DEST');
    expect(died).toBe(1);
    toPort.deallocate();
    inbox.destroy();
    target.destroy();
  });
});

test('a call that timed out where it waited for its turn, and then is refused, does not give rights back to its caller', async () => {
  await using pair = await TwoTasks.start();
  const [target, port, other] = [pair.a.allocate({ qlimit: 1 }), pair.a.allocate(), pair.a.allocate()];
  const toTarget = make.send(target);
  using taker = pair.systemOf(pair.a).bind(Taker, copy(toTarget));
  using right = make.send(port);
  const there = await pair.pass(pair.b, { target: move(target) });
  expect(await pair.sim.settle(doMsg(toTarget, oneWay('fills the queue')))).toBe(0);
  const back = await pair.pass(pair.a, { target: move(there.target) });
  back.target.onNoSenders(() => {});
  make.send(back.target).deallocate();
  const body = { once: make.sendOnce(other), port: move(port) };
  const failure = rejection(taker.take(body, { timeoutMs: 10, poll: true }));
  await pair.sim.advance(20);
  expect(await failure).toMatchObject({ code: 'ETIMEDOUT' });
  const again = await pair.pass(pair.b, { target: move(back.target) });
  expect(await pair.sim.settle(other.receive())).toMatchObject({ notification: { id: 71 } });
  expect(port.isDestroyed).toBe(true);
  expect(await pair.sim.settle(doMsg(right, oneWay(1)))).toBe('MACH_SEND_INVALID_DEST');
  toTarget.deallocate();
  other.destroy();
  again.target.destroy();
});

import { Call, defineSubsystem, doMsg, make, move, replyMsg, routine, type SendRight } from 'easync';
import { expect, test } from 'vitest';
import { deferred } from '../../../src/task/deferred.ts';
import { TwoTasks } from './two-tasks.ts';

const Lender = defineSubsystem('lender', { lend: routine<void, { right: SendRight }>() });
const [lendId = 0] = Lender.ids.values();

// A call outlives its caller in the kernel's queue. A right in the answer, which nobody will get, must not keep its port alive.

test.each([true, false])('answered by a driver, at once: %s', async (isAtOnce) => {
  await using pair = await TwoTasks.start({ limits: { deliveryWindow: 1 } });
  const lent = pair.a.allocate();
  let none = 0;
  lent.onNoSenders(() => (none += 1));
  const first = deferred<{ right: SendRight }>();
  let calls = 0;
  const lend = (): { right: SendRight } | Promise<{ right: SendRight }> => {
    calls += 1;
    if (calls === 1) return first.promise;
    return isAtOnce ? { right: make.send(lent) } : Promise.resolve({ right: make.send(lent) });
  };
  const service = pair.systemOf(pair.a).serve(Lender, { lend }, { serial: true });
  const { right } = await pair.pass(pair.b, { right: service.right() });
  for (let i = 0; i < 3; i += 1) void doMsg(right, new Call(lendId, undefined));
  await pair.sim.run();
  pair.kill(pair.b);
  await pair.sim.run();
  first.resolve({ right: make.send(lent) });
  await pair.sim.run();
  expect([calls, none]).toEqual([3, 1]);
  service.close();
  lent.destroy();
});

test('answered by hand', async () => {
  await using pair = await TwoTasks.start();
  const lent = pair.a.allocate();
  let none = 0;
  lent.onNoSenders(() => (none += 1));
  const { port: there } = await pair.pass(pair.b, { port: move(pair.a.allocate()) });
  const right = make.send(there);
  const { port } = await pair.pass(pair.a, { port: move(there) });
  void doMsg(right, new Call(lendId, undefined));
  await pair.sim.run();
  pair.kill(pair.b);
  await pair.sim.run();
  const msg = await pair.sim.settle(port.receive());
  msg.result = { right: make.send(lent) };
  replyMsg(msg, 0);
  expect(none).toBe(1);
  for (const each of [port, lent]) each.destroy();
});

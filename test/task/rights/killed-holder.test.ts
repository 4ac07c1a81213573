import { Call, defineSubsystem, doMsg, make, move, type ReceiveRight, replyMsg, routine } from 'easync';
import { expect, test } from 'vitest';
import { testSystem } from '../../support/system.ts';

const HOLDER = new URL('../fixtures/holder.js', import.meta.url);
const Holder = defineSubsystem('holder', { hold: routine<{ port: ReceiveRight }>() });

// A request that was the end of one holder must not be that of the next.
test('what a killed holder had begun is not handed on, what it had not is', async () => {
  await using t = await testSystem({ onOutput: () => {} });
  const { task } = t.sys;
  using holder = await t.sys.open(Holder, HOLDER, { place: 'process' });
  using attic = task.allocate();
  const port = task.allocate({ qlimit: 10 });
  using right = make.send(port);
  await port.setBackup(make.sendOnce(attic));
  await holder.hold({ port: move(port) });
  const calls = ['let be', 'die', 'waits'].map((body) => new Call(1, body));
  const answers = calls.map((call) => doMsg(right, call));
  const returned = await attic.receive();
  expect(returned).toMatchObject({ notification: { id: 69 } });
  const back = returned.body as ReceiveRight;
  const msg = await back.receive();
  expect(msg.body).toBe('waits');
  replyMsg(msg, 0);
  expect(await Promise.all(answers)).toEqual(['ESERVERDIED', 'ESERVERDIED', 0]);
  expect(calls.map(({ failure }) => failure)).toMatchObject([{ handled: 'maybe' }, { handled: 'maybe' }, undefined]);
  back.destroy();
});

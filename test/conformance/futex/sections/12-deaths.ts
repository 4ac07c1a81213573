import type { System } from 'easync';
import { expect } from 'vitest';
import { Peer } from '../../../os/peer.ts';
import { environment } from '../../../task/memory/lab.ts';
import { codeOf } from '../attempt.ts';
import { Kernel } from '../kernel.ts';
import type { Served } from '../served.ts';
import { theme } from '../rules.ts';

const USER = new URL('../../../task/memory/fixtures/futex-user.js', import.meta.url).pathname;

// What takes processes to die: kill -9 has no last words. (pager.md §2.4, §2.5 6 to 9)
export const deaths = theme('owners and brokers that are killed or stopped', (rule) => {
  rule(
    'an owner is killed with a lock that it took without a message, while others of its broker and of another wait',
    async (stage) => {
      await using object = await stage.served();
      await using owner = await user(stage.west, object);
      await owner.ask('lock', 0);
      await owner.ask('unlock', 0);
      await owner.ask('lock', 0);
      const [near, far] = [object.lock(stage.west.user(0)), object.lock(stage.east.user(0))];
      await object.settle();
      owner.kill('SIGKILL');
      // The far one had it recalled: it does not stay here, with the mark or without.
      expect(await far.settled).toBe('has it, owner died');
      expect(near.outcome).toBe('waits');
      far.guard.consistent();
      await far.guard.unlock();
      expect(await near.settled).toBe('has it');
      await near.guard.unlock();
    },
  );

  rule('an owner is stopped, and nobody else has it; goes on, and nothing has happened', async (stage) => {
    await using object = await stage.served();
    await using owner = await user(stage.west, object);
    await owner.ask('lock', 0);
    owner.kill('SIGSTOP');
    const far = object.lock(stage.east.user(0));
    await object.settle();
    expect(far.outcome).toBe('waits');
    owner.kill('SIGCONT');
    await owner.ask('unlock', 0);
    expect(await far.settled).toBe('has it');
    await far.guard.unlock();
  });

  rule('an owner is killed right after it has unlocked, and right after it has left: clean', async (stage) => {
    await using object = await stage.served();
    for (const last of ['unlock', 'leave'] as const) {
      await using owner = await user(stage.west, object);
      await owner.ask('lock', 0);
      if (last === 'leave') await owner.ask('unlock', 0);
      await owner.ask(last, 0);
      owner.kill('SIGKILL');
      const next = object.lock(stage.east.user(0));
      expect(await next.settled).toBe('has it');
      await next.guard.unlock();
    }
  });

  rule(
    'a broker is killed while a user of it is inside: the user is fenced, the next elsewhere is told',
    async (stage) => {
      await using object = await stage.served();
      const doomed = await broker(object);
      const mine = doomed.user(0);
      const held = await object.held(mine);
      let fenced = false;
      held.guard.onFenced(() => (fenced = true));
      const far = object.lock(stage.east.user(0));
      await object.settle();
      doomed.broker.program.kill();
      expect(await far.settled).toBe('has it, owner died');
      expect(far.gen).toBeGreaterThan(held.gen);
      await mine.task.closed;
      expect([fenced, held.guard.isHeld]).toEqual([true, false]);
      expect(await codeOf(held.guard.unlock())).toBe('EFENCED');
      far.guard.consistent();
      await far.guard.unlock();
      await doomed[Symbol.asyncDispose]();
    },
  );

  rule(
    'a broker is killed while it only keeps the futex: the next is told so all the same, never the reverse',
    async (stage) => {
      await using object = await stage.served();
      const doomed = await broker(object);
      await (await object.held(doomed.user(0))).guard.unlock();
      doomed.broker.program.kill();
      const next = object.lock(stage.east.user(0));
      expect(await next.settled).toBe('has it, owner died');
      await doomed[Symbol.asyncDispose]();
    },
  );

  rule('a broker is killed while it waits: it is in nobody’s way, and its users have an outcome', async (stage) => {
    await using object = await stage.served();
    const doomed = await broker(object);
    const held = await object.held(stage.east.user(0));
    const [waiting, asleep] = [object.lock(doomed.user(0)), codeOf(object.region(doomed.user(0)).futex(4).wait(0))];
    await object.settle();
    const last = object.lock(stage.north.user(0));
    await object.settle();
    doomed.broker.program.kill();
    // The pager knows: what it would have granted to it is an owner's that died.
    await doomed.pager.task.closed;
    await object.settle();
    expect([await waiting.settled, await asleep]).toEqual(['EBROKERDIED', 'EBROKERDIED']);
    await held.guard.unlock();
    expect(await last.settled).toBe('has it');
    await last.guard.unlock();
    await doomed[Symbol.asyncDispose]();
  });
});

async function user({ broker: { socket } }: Kernel, { name }: Served): Promise<Peer> {
  const peer = new Peer({ program: USER, env: environment('with koffi') });
  await peer.ask('attach', socket, name);
  return peer;
}

/** One more broker with one user, which has the object, too. */
async function broker(object: Served): Promise<Kernel> {
  const kernel = await Kernel.start(1, {}, environment('with koffi'));
  await object.attach(kernel);
  const [mine] = kernel.users as [System];
  await object.map(mine);
  return kernel;
}

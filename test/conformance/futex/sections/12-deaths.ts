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

  rule('an owner is stopped: nobody else has it; goes on, unlocks, and is killed: clean', async (stage) => {
    await using object = await stage.served();
    await using owner = await user(stage.west, object);
    await owner.ask('lock', 0);
    owner.kill('SIGSTOP');
    const far = object.lock(stage.east.user(0));
    await object.settle();
    expect(far.outcome).toBe('waits');
    owner.kill('SIGCONT');
    await owner.ask('unlock', 0);
    owner.kill('SIGKILL');
    expect(await far.settled).toBe('has it');
    await far.guard.unlock();
  });

  rule('a broker dies: held, kept, or only wanted by it, each futex goes on elsewhere', async (stage) => {
    await using object = await stage.served();
    const doomed = await Kernel.start(1, {}, environment('with koffi'));
    await object.attach(doomed);
    const mine = doomed.user(0);
    const [HELD, KEPT, WANTED, SLEPT] = [0, 8, 16, 24];
    const held = await object.held(mine, HELD);
    let fenced = false;
    held.guard.onFenced(() => (fenced = true));
    await (await object.held(mine, KEPT)).guard.unlock();
    const theirs = await object.held(stage.east.user(0), WANTED);
    const waiting = object.lock(mine, WANTED);
    const asleep = codeOf(object.region(mine).futex(SLEPT).wait(0));
    await object.settle();
    const [heir, last] = [object.lock(stage.east.user(0), HELD), object.lock(stage.north.user(0), WANTED)];
    await object.settle();
    expect([heir.outcome, last.outcome]).toEqual(['waits', 'waits']);

    doomed.broker.program.kill();
    expect(await heir.settled).toBe('has it, owner died');
    expect(heir.gen).toBeGreaterThan(held.gen);
    await mine.task.closed;
    // Its users live, and have lost what they had (§2.5, 8); who waited has an outcome.
    expect([fenced, held.guard.isHeld, await codeOf(held.guard.unlock())]).toEqual([true, false, 'EFENCED']);
    expect([await waiting.settled, await asleep]).toEqual(['EBROKERDIED', 'EBROKERDIED']);
    // Whether somebody was inside nobody can know: told so all the same, never the reverse (§2.5, 9).
    const next = object.lock(stage.east.user(1), KEPT);
    expect(await next.settled).toBe('has it, owner died');
    // It waited for this one, and is in nobody's way.
    await object.settle();
    await theirs.guard.unlock();
    expect(await last.settled).toBe('has it');
    await object.region(stage.west.user(0)).futex(SLEPT).wake();
    for (const one of [heir, next]) one.guard.consistent();
    await doomed[Symbol.asyncDispose]();
  });
});

async function user({ broker: { socket } }: Kernel, { name }: Served): Promise<Peer> {
  const peer = new Peer({ program: USER, env: environment('with koffi') });
  await peer.ask('attach', socket, name);
  return peer;
}

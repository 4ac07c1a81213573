import { expect } from 'vitest';
import { Attempt, codeOf } from '../attempt.ts';
import { asked } from '../kernel.ts';
import { theme } from '../rules.ts';

// 2.5, 3: a recall cannot overtake its grant on one stream; 8 and 9, a broker that dies, take processes (deaths.test.ts).
export const races = theme('§2.5, the races', (rule) => {
  rule('1: a relinquish that crosses a voluntary release is ignored', async (stage) => {
    await using object = await stage.byHand();
    await object.retained(0, 1);
    for (const user of [0, 1, 2]) await object.region(user).unmap();
    const guest = await stage.west.guest();
    // The kernel has said released and terminate: what the pager says before it hears that reaches nobody.
    expect(await object.seat.heardUntil('terminate')).toEqual(['released by 1: clean', 'terminate']);
    await guest.dispose();
  });

  rule('1: … for want of room: the release in flight is its answer', async (stage) => {
    await using object = await stage.byHand();
    await object.retained(0, 1);
    object.seat.recall(1);
    object.seat.recall(1);
    expect(await object.seat.heard()).toEqual(['released by 1: clean']);
  });

  rule('2: … and the broker has asked again: the coming grant is not touched by it', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1, { recall: true });
    const waiting = object.lock(1);
    await held.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 1: clean', 'lock']);
    object.seat.recall(1);
    object.seat.grant(2);
    object.seat.recall(1);
    await waiting.settled;
    await object.seat.settle();
    await waiting.guard.unlock();
    expect(await object.seat.heard()).toEqual([]);
    object.seat.recall(2);
    expect(await object.seat.heard()).toEqual(['released by 2: clean']);
  });

  rule('3: the recall right behind its grant is not lost', async (stage) => {
    await using object = await stage.byHand();
    const attempt = object.lock(0);
    await object.seat.heard();
    object.seat.grant(1);
    object.seat.recall(1);
    await attempt.settled;
    await attempt.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 1: clean']);
  });

  rule('4: a hand-off before the relinquish is processed stands; there is none after it', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1);
    const [second, third] = await object.queue(1, 2);
    await held.guard.unlock();
    await second.settled;
    object.seat.recall(1);
    await object.seat.settle();
    await second.guard.unlock();
    expect(await object.seat.heard()).toEqual(['released by 1: clean', 'lock']);
    expect(third.outcome).toBe('waits');
  });

  rule('4: an unlock in place, and the relinquish: it comes back once, whichever is first', async (stage) => {
    await using object = await stage.byHand();
    for (let gen = 1; gen <= 16; gen += 2) {
      await object.retained(0, gen);
      await object.seat.heard();
      const held = object.lock(0);
      if (gen % 4 === 1) await asked([stage.west.user(0)]);
      object.seat.recall(gen);
      const heard = await object.seat.heard();
      if (held.outcome === 'waits') {
        // It was given back first, and is asked for anew.
        expect(heard).toEqual([`released by ${gen}: clean`, 'lock']);
        object.seat.grant(gen + 1, { recall: true });
        await held.settled;
      } else expect([held.gen, ...heard]).toEqual([gen]);
      await held.guard.unlock();
      expect(await object.seat.heard()).toEqual([`released by ${held.gen}: clean`]);
    }
  });

  rule('5: a time that is over, and the grant: the broker decides, and the lock is nobody’s orphan', async (stage) => {
    await using object = await stage.byHand();
    const outcomes = new Set<string>();
    for (let gen = 1; gen <= 20; gen += 1) {
      const gaveUp = new AbortController();
      const attempt = Attempt.lock(object.region(0).futex(0), { signal: gaveUp.signal });
      await object.seat.settle();
      if (gen % 2 === 0) gaveUp.abort();
      object.seat.grant(gen);
      if (gen % 4 === 1) await asked([stage.west.pager]);
      gaveUp.abort();
      outcomes.add(await attempt.settled);
      if (attempt.outcome === 'has it') await attempt.guard.unlock();
      await object.seat.heard();
      // Here it is, and unused.
      object.seat.recall(gen);
      expect(await object.seat.heard()).toEqual([`released by ${gen}: clean`]);
    }
    expect([...outcomes].every((outcome) => outcome === 'has it' || outcome === 'KERN_INTERRUPTED')).toBe(true);
    expect(outcomes.has('KERN_INTERRUPTED')).toBe(true);
  });

  rule('6, 7: who dies when it has just been handed the lock passes it on, with the mark', async (stage) => {
    await using object = await stage.byHand();
    const held = await object.held(0, 1);
    const guest = await stage.west.guest();
    const theirs = Attempt.lock((await object.seat.map(guest)).futex(0));
    await asked([guest]);
    const [last] = await object.queue(1);
    // Both leave in one turn: the guest cannot have read the answer.
    const unlocked = held.guard.unlock();
    const gone = guest.dispose();
    await unlocked;
    await gone;
    const outcome = await last.settled;
    // It was handed on, and died; or it had died before.
    expect(['has it', 'has it, owner died']).toContain(outcome);
    expect(theirs.outcome === 'has it' ? outcome : 'has it, owner died').toBe('has it, owner died');
    expect(await object.seat.heard()).toEqual([]);
  });

  rule('10: what is still asked for when the last task goes is given back before the object is', async (stage) => {
    await using object = await stage.byHand();
    const attempts = [object.lock(0), object.lock(1, 8)];
    await object.seat.heard();
    for (const user of [0, 1, 2]) await object.region(user).unmap();
    for (const one of attempts) expect(await one.settled).toBe('KERN_INVALID_ADDRESS');
    object.seat.grant(5);
    object.seat.fail('KERN_ABORTED', 8);
    const heard = await object.seat.heardUntil('terminate');
    expect(heard.filter((line) => !line.startsWith('cancel'))).toEqual(['released by 5: clean', 'terminate']);
  });

  rule('11: trylock: T: had; H, Y, R: EAGAIN; N: the pager is asked, NOQUEUE', async (stage) => {
    await using object = await stage.byHand();
    const tried = Attempt.try(object.region(0).futex(0));
    expect(await object.seat.heard()).toEqual(['lock, NOQUEUE']);
    expect(await Attempt.try(object.region(1).futex(0)).settled).toBe('null');
    object.seat.grant(1);
    expect(await tried.settled).toBe('has it');
    expect(await Attempt.try(object.region(1).futex(0)).settled).toBe('null');
    await tried.guard.unlock();
    const kept = Attempt.try(object.region(1).futex(0));
    expect(await kept.settled).toBe('has it');
    object.seat.recall(1);
    await object.seat.settle();
    expect(await Attempt.try(object.region(2).futex(0)).settled).toBe('null');
    expect(await object.seat.heard()).toEqual([]);
  });

  rule('12: a lock never returns without ownership or an error, whatever the pager answers', async (stage) => {
    await using object = await stage.byHand();
    const attempt = object.lock(0);
    await object.seat.settle();
    const reqId = object.seat.requests.get(0) ?? 0;
    object.seat.control.futexGranted(0, { reqId: reqId + 7, gen: 1 });
    object.seat.control.futexFailed(0, { reqId: reqId + 7, code: 'ENOTRECOVERABLE' });
    object.seat.control.futexGranted(4, { reqId, gen: 1 });
    await object.seat.settle();
    expect(attempt.outcome).toBe('waits');
    object.seat.grant(2);
    // A second answer to the same is none.
    object.seat.grant(3);
    object.seat.fail('ENOTRECOVERABLE');
    expect(await attempt.settled).toBe('has it');
    expect(attempt.gen).toBe(2);
    expect(await codeOf(attempt.guard.unlock())).toBeNull();
  });
});

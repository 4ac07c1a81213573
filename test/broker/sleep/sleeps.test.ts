import { expect, test } from 'vitest';
import { PORT, Rig, WORD } from './rig.ts';

// Who sleeps on what tasks share (src/broker/sleep), without tasks and pagers; the table that tasks read is a real one.

const [A, B] = [11, 12];

test('who prepares is in the table before it is told so, and in no queue before', () => {
  using rig = new Rig();
  const ident = rig.open(A, PORT);
  expect(rig.isListed(ident, B)).toBe(false);
  let isListed = false;
  rig.sleeps.prepare(A, { ident, sleeper: 1, domain: 0, asleep: false }, (code) => {
    expect(code).toBe(0);
    isListed = rig.isListed(ident, B);
  });
  expect(isListed).toBe(true);
  rig.wakeup(A, ident);
  expect(rig.woken()).toEqual([[A, [1]]]);
  expect(rig.isListed(ident, B)).toBe(false);
});

test('a word of memory is in the table while its pager has not answered, and out of it if that fails', () => {
  using rig = new Rig();
  rig.listens = 'asked';
  const ident = rig.open(A, WORD);
  const [first, second] = [rig.prepare(A, 1, ident), rig.prepare(A, 2, ident)];
  const elsewhere = rig.prepare(A, 3, ident, { domain: 7 });
  expect(rig.isListed(ident, B, WORD)).toBe(true);
  expect([first, second, elsewhere]).toEqual([{ code: null }, { code: null }, { code: null }]);
  rig.sleeps.others.listening({ ...WORD, domain: 7 }, 0);
  expect([first.code, second.code, elsewhere.code]).toEqual([null, null, 0]);
  rig.sleeps.others.listening({ ...WORD, domain: 0 }, 'KERN_MEMORY_ERROR');
  expect([first.code, second.code]).toEqual(['KERN_MEMORY_ERROR', 'KERN_MEMORY_ERROR']);
  rig.wakeup(A, ident);
  expect(rig.woken()).toEqual([]);
  rig.sleeps.remove(A, 3);
  expect(rig.isListed(ident, B, WORD)).toBe(false);
});

test('a pager’s refusal takes out who asked, and not who has the number since', () => {
  using rig = new Rig();
  rig.listens = 'asked';
  const ident = rig.open(A, WORD);
  const [refused, since] = [rig.prepare(A, 1, ident), rig.prepare(A, 1, ident, { domain: 7 })];
  rig.sleeps.others.listening({ ...WORD, domain: 0 }, 'KERN_MEMORY_ERROR');
  expect([refused.code, since.code]).toEqual(['KERN_MEMORY_ERROR', null]);
  rig.wakeup(A, ident, { domain: 7 });
  expect(rig.woken()).toEqual([[A, [1]]]);
});

test('each task is told once, of all of its sleepers that were woken', () => {
  using rig = new Rig();
  const [mine, theirs] = [rig.open(A, PORT), rig.open(B, PORT)];
  expect(mine).toBe(theirs);
  for (const sleeper of [1, 2]) rig.prepare(A, sleeper, mine);
  for (const sleeper of [1, 2, 3]) rig.prepare(B, sleeper, mine);
  expect(rig.wakeup(B, mine)).toEqual({ code: 0 });
  expect(rig.woken()).toEqual([
    [A, [1, 2]],
    [B, [1, 2, 3]],
  ]);
  rig.wakeup(B, mine);
  expect(rig.woken()).toEqual([]);
});

test('one that is only prepared is woken on the way, and does not count', () => {
  using rig = new Rig();
  const ident = rig.open(A, PORT);
  rig.open(B, PORT);
  rig.prepare(A, 1, ident);
  rig.prepare(B, 1, ident, { asleep: true });
  rig.prepare(A, 2, ident, { asleep: true });
  rig.prepare(A, 3, ident);
  rig.wakeup(A, ident, { one: true });
  expect(rig.woken()).toEqual([
    [A, [1]],
    [B, [1]],
  ]);
  rig.wakeup(A, ident, { one: true });
  expect(rig.woken()).toEqual([[A, [2]]]);
  rig.sleeps.asleep(A, 3);
  rig.prepare(A, 4, ident, { asleep: true });
  rig.wakeup(A, ident, { one: true });
  expect(rig.woken()).toEqual([[A, [3]]]);
  expect(rig.isListed(ident, B)).toBe(true);
});

test('a sleeper has one place: what it prepared before is void, of whatever ident', () => {
  using rig = new Rig();
  const [port, word] = [rig.open(A, PORT), rig.open(A, WORD)];
  rig.prepare(A, 1, port);
  rig.prepare(A, 1, word);
  expect(rig.isListed(port, A)).toBe(false);
  rig.wakeup(A, port);
  expect(rig.woken()).toEqual([]);
  rig.prepare(A, 1, word, { domain: 3 });
  rig.wakeup(A, word);
  expect(rig.woken()).toEqual([]);
  rig.wakeup(A, word, { domain: 3 });
  expect(rig.woken()).toEqual([[A, [1]]]);
});

test('a task that ends leaves nobody behind, and takes nobody else with it', () => {
  using rig = new Rig();
  const ident = rig.open(A, PORT);
  rig.open(B, PORT);
  rig.prepare(A, 1, ident, { asleep: true });
  rig.prepare(B, 1, ident, { asleep: true });
  rig.sleeps.taskEnded(A);
  rig.wakeup(B, ident, { one: true });
  expect(rig.woken()).toEqual([[B, [1]]]);
  expect(rig.isListed(ident, B)).toBe(false);
  expect(rig.sleeps.inspect()).toEqual([]);
});

test('what has ended wakes all of every domain, and nobody prepares it any more', () => {
  using rig = new Rig();
  const [port, word] = [rig.open(A, PORT), rig.open(A, WORD)];
  rig.prepare(A, 1, port);
  rig.prepare(A, 2, port, { domain: 9, asleep: true });
  rig.prepare(A, 3, word);
  rig.sleeps.portDied(PORT.port);
  expect(rig.woken()).toEqual([[A, [1, 2]]]);
  expect(rig.prepare(A, 4, port)).toEqual({ code: 'MACH_SEND_INVALID_DEST' });
  rig.sleeps.objectOver(WORD.object);
  expect(rig.woken()).toEqual([[A, [3]]]);
  expect(rig.prepare(A, 4, word)).toEqual({ code: 'KERN_MEMORY_ERROR' });
  // The same number means something new.
  expect(rig.open(A, PORT)).not.toBe(port);
});

test('an object that ends while its pager is asked: who prepares is refused, and woken before that', () => {
  using rig = new Rig();
  rig.listens = 'asked';
  const ident = rig.open(A, WORD);
  const asked = rig.prepare(A, 1, ident);
  rig.sleeps.objectOver(WORD.object);
  expect(asked).toEqual({ code: 'KERN_MEMORY_ERROR' });
  expect(rig.sleeps.inspect()).toEqual([]);
});

test('the sleepers of other kernels are in the table as long as somebody here may wake them, and the object lives', () => {
  using rig = new Rig();
  const place = { ...WORD, domain: 7 };
  rig.sleeps.interest(place, true);
  const forgotten = rig.look(A, WORD);
  expect(forgotten.isListed()).toBe(true);
  rig.sleeps.forget(A, forgotten.ident);
  expect(forgotten.isListed()).toBe(false);
  const again = rig.look(A, WORD);
  expect(again.isListed()).toBe(true);
  rig.sleeps.interest({ ...WORD, domain: 0 }, true);
  rig.sleeps.interest(place, false);
  expect(again.isListed()).toBe(true);
  rig.sleeps.objectOver(WORD.object);
  expect(again.isListed()).toBe(false);
});

test('a word that no task needs any more is listened to no more, in any domain', () => {
  using rig = new Rig();
  const ident = rig.open(A, WORD);
  rig.open(B, WORD);
  rig.prepare(A, 1, ident);
  rig.prepare(A, 2, ident, { domain: 7 });
  rig.wakeup(B, ident);
  rig.sleeps.forget(A, ident);
  expect(rig.ignored).toEqual([]);
  rig.sleeps.taskEnded(B);
  expect(rig.ignored).toEqual([
    { ...WORD, domain: 0 },
    { ...WORD, domain: 7 },
  ]);
  rig.sleeps.forget(A, rig.open(A, PORT));
  expect(rig.ignored).toHaveLength(2);
});

test('a word that is forgotten while its pager is asked is listened to no more after that, unless it is needed again', () => {
  using rig = new Rig();
  rig.listens = 'asked';
  const place = { ...WORD, domain: 0 };
  rig.prepare(A, 1, rig.open(A, WORD));
  rig.sleeps.taskEnded(A);
  const again = rig.prepare(B, 1, rig.open(B, WORD));
  rig.ignored.length = 0;
  rig.sleeps.others.listening(place, 0);
  expect([again.code, rig.ignored]).toEqual([0, []]);
  rig.sleeps.taskEnded(B);
  rig.prepare(A, 1, rig.open(A, WORD));
  rig.sleeps.taskEnded(A);
  rig.ignored.length = 0;
  rig.sleeps.others.listening(place, 0);
  expect(rig.ignored).toEqual([place]);
});

test('of an object with sleepers at more places than are remembered every word is in the table', () => {
  using rig = new Rig();
  const before = rig.look(A, WORD);
  rig.sleeps.interestEverywhere(WORD.object);
  expect(before.isListed()).toBe(true);
  rig.sleeps.taskEnded(A);
  expect(before.isListed()).toBe(false);
  const after = rig.look(B, WORD);
  expect(after.isListed()).toBe(true);
  rig.sleeps.objectOver(WORD.object);
  expect(after.isListed()).toBe(false);
  expect(rig.look(B, WORD).isListed()).toBe(false);
});

test('a task that forgets an ident has its sleepers there woken, and no others', () => {
  using rig = new Rig();
  const [port, word] = [rig.open(A, PORT), rig.open(A, WORD)];
  rig.open(B, PORT);
  rig.prepare(A, 1, port);
  rig.prepare(A, 2, word);
  rig.prepare(B, 1, port);
  expect(rig.sleeps.forget(A, port)).toBe(0);
  expect(rig.woken()).toEqual([[A, [1]]]);
  expect(rig.sleeps.forget(A, port)).toBe('KERN_INVALID_ARGUMENT');
  expect(rig.prepare(A, 1, port)).toEqual({ code: 'KERN_INVALID_ARGUMENT' });
  expect(rig.wakeup(A, port)).toEqual({ code: 'KERN_INVALID_ARGUMENT' });
  expect(rig.isListed(port, B)).toBe(true);
});

test('a task that has opened an ident twice has to forget it twice', () => {
  using rig = new Rig();
  const ident = rig.open(A, PORT);
  rig.open(A, PORT);
  rig.prepare(A, 1, ident);
  expect(rig.sleeps.forget(A, ident)).toBe(0);
  expect(rig.woken()).toEqual([]);
  expect(rig.sleeps.forget(A, ident)).toBe(0);
  expect(rig.woken()).toEqual([[A, [1]]]);
  expect(rig.sleeps.forget(A, ident)).toBe('KERN_INVALID_ARGUMENT');
});

test('what waits for a pager that does not answer is bounded, whoever asks again and again', () => {
  using rig = new Rig({ sleepers: 2 });
  rig.listens = 'asked';
  rig.hasRoom = false;
  const place = { ...WORD, domain: 0 };
  const [mine, theirs] = [rig.open(A, WORD), rig.open(B, WORD)];
  const first = rig.prepare(A, 1, mine);
  const again = rig.prepare(A, 1, mine);
  expect([first.code, again.code]).toEqual([null, null]);
  expect(rig.prepare(A, 1, mine)).toEqual({ code: 'KERN_RESOURCE_SHORTAGE' });
  expect(rig.wakeup(A, mine)).toEqual({ code: 'KERN_RESOURCE_SHORTAGE' });
  const waking = [rig.wakeup(B, theirs), rig.wakeup(B, theirs)];
  expect(rig.wakeup(B, theirs)).toEqual({ code: 'KERN_RESOURCE_SHORTAGE' });
  rig.sleeps.others.listening(place, 0);
  rig.hasRoom = true;
  rig.sleeps.others.room(WORD.object);
  expect([first, again, ...waking].map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  rig.listens = 0;
  expect([rig.prepare(A, 1, mine), rig.wakeup(B, theirs)]).toEqual([{ code: 0 }, { code: 0 }]);
});

test('a number that somebody else has opened says nothing to who has not', () => {
  using rig = new Rig();
  const ident = rig.open(A, PORT);
  expect(rig.prepare(B, 1, ident)).toEqual({ code: 'KERN_INVALID_ARGUMENT' });
  rig.prepare(A, 1, ident);
  expect(rig.wakeup(B, ident)).toEqual({ code: 'KERN_INVALID_ARGUMENT' });
  rig.sleeps.remove(B, 1);
  rig.sleeps.asleep(B, 1);
  expect(rig.sleeps.inspect()).toEqual([{ ident: PORT, sleepers: [{ task: A, domain: 0, asleep: false }] }]);
});

test('a task has so many idents and sleepers, and no more', () => {
  using rig = new Rig({ idents: 1, sleepers: 2 });
  const ident = rig.open(A, PORT);
  expect(rig.open(A, PORT)).toBe(ident);
  expect(rig.sleeps.open(A, WORD)).toEqual({ code: 'KERN_RESOURCE_SHORTAGE' });
  expect([1, 2, 3, 2].map((sleeper) => rig.prepare(A, sleeper, ident).code)).toEqual([
    0,
    0,
    'KERN_RESOURCE_SHORTAGE',
    0,
  ]);
  rig.wakeup(A, ident);
  expect(rig.prepare(A, 3, ident)).toEqual({ code: 0 });
});

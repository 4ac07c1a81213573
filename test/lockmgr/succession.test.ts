import { describe, expect, it } from 'vitest';
import { LockRig } from './rig.ts';

type Story = { from: string; does: string; answers: string[]; to: string };

function tells({ from, does, answers, to }: Story): void {
  const rig = new LockRig();
  rig.does(from);
  expect(rig.does(does)).toEqual(answers);
  expect(rig.state).toBe(to);
}

/** lwkt.md §3.4, sentence by sentence. */
describe('who is next', () => {
  it.each<[string, Story]>([
    [
      'the last share goes: the upgrade is first',
      {
        from: 'a shared, b shared, c exclusive, d shared, b upgrade',
        does: 'a release',
        answers: ['0', 'b granted'],
        to: 'X1 b, pending c, parked d',
      },
    ],
    [
      'the last share goes: without an upgrade the exclusive request',
      {
        from: 'a shared, b exclusive, c shared, d exclusive',
        does: 'a release',
        answers: ['0', 'b granted'],
        to: 'X1 b, parked c, writers d',
      },
    ],
    [
      'the exclusive holder goes: an exclusive request that is pending is first',
      {
        from: 'a shared, b exclusive, c shared, a upgrade',
        does: 'a release',
        answers: ['0', 'b granted'],
        to: 'X1 b, parked c',
      },
    ],
    [
      'the exclusive holder goes: else all that are parked together, be they older or younger than the writers',
      {
        from: 'a exclusive, b exclusive, c shared, d shared',
        does: 'a release',
        answers: ['0', 'c granted', 'd granted'],
        to: 'S2 cd, pending b',
      },
    ],
    [
      'the exclusive holder goes, and nobody would share: the first writer',
      {
        from: 'a exclusive, b exclusive, c exclusive',
        does: 'a release',
        answers: ['0', 'b granted'],
        to: 'X1 b, writers c',
      },
    ],
    [
      'nobody waits: it is free',
      { from: 'a exclusive, b exclusive, b withdraw', does: 'a release', answers: ['0'], to: 'free' },
    ],
  ])('%s', (_name, story) => tells(story));

  it('hands on directly: who comes after the release finds it taken', () => {
    const rig = new LockRig();
    rig.does('a exclusive, b exclusive, a release');
    expect(rig.does('c exclusive+noWait')).toEqual(['EBUSY']);
    expect(rig.does('a exclusive')).toEqual(['wait']);
    expect(rig.state).toBe('X1 b, writers a');
  });

  it('has one slot for the exclusive request; the others wait behind it, and new shared requests behind all of them', () => {
    const rig = new LockRig();
    rig.does('a shared, b exclusive, c exclusive, d exclusive, e shared');
    expect(rig.state).toBe('S1 a, pending b, parked e, writers cd');
  });

  it('lets readers in after a writer, and a writer after that batch: neither kind waits for ever', () => {
    const rig = new LockRig();
    const told: string[] = [];
    rig.does('a exclusive, b exclusive, c shared');
    told.push(...rig.does('a release').slice(1));
    // Readers and writers come in all the time.
    rig.does('d shared, e exclusive');
    told.push(...rig.does('c release').slice(1));
    rig.does('f shared');
    told.push(...rig.does('b release').slice(1));
    rig.does('g shared');
    told.push(...rig.does('d release').slice(1), ...rig.does('f release').slice(1), ...rig.does('e release').slice(1));
    expect(told).toEqual(['c granted', 'b granted', 'd granted', 'f granted', 'e granted', 'g granted']);
  });

  it('has one upgrade slot: who upgrades second has lost its share, and nobody waits for nobody', () => {
    const rig = new LockRig();
    rig.does('a shared, b shared, a upgrade');
    expect(rig.does('b upgrade')).toEqual(['wait', 'a granted']);
    expect(rig.does('a release')).toEqual(['0', 'b granted']);
  });

  it('grants an exclusive upgrade before any writer, and a plain one that came second after others may have written', () => {
    const rig = new LockRig();
    rig.does('a shared, b shared, c exclusive, a exclusiveUpgrade');
    expect(rig.does('b upgrade')).toEqual(['wait', 'a granted']);
    expect(rig.does('a release')).toEqual(['0', 'c granted']);
    expect(rig.does('c release')).toEqual(['0', 'b granted']);
  });
});

describe('a request that is withdrawn', () => {
  it.each<[string, Story]>([
    [
      'an exclusive one: those parked behind it go on',
      {
        from: 'a shared, b exclusive, c shared, d shared',
        does: 'b withdraw',
        answers: ['true', 'c granted', 'd granted'],
        to: 'S3 acd',
      },
    ],
    [
      'an exclusive one: those that came before the next writer go on, and it is *the* request now',
      {
        from: 'a shared, b exclusive, c shared, d exclusive, e shared',
        does: 'b withdraw',
        answers: ['true', 'c granted'],
        to: 'S2 ac, pending d, parked e',
      },
    ],
    [
      'an exclusive one, while an upgrade is pending: nobody may share yet',
      {
        from: 'a shared, b shared, c exclusive, d shared, b upgrade, e exclusive',
        does: 'c withdraw',
        answers: ['true'],
        to: 'S1 a, upgrade b, pending e, parked d',
      },
    ],
    [
      'an exclusive one, of an exclusive lock: nothing changes for the others',
      {
        from: 'a shared, b exclusive, c shared, a upgrade',
        does: 'b withdraw',
        answers: ['true'],
        to: 'X1 a, parked c',
      },
    ],
    [
      'an upgrade: those parked behind it go on',
      {
        from: 'a shared, b shared, b upgrade, c shared',
        does: 'b withdraw',
        answers: ['true', 'c granted'],
        to: 'S2 ac',
      },
    ],
    [
      'an upgrade, while an exclusive request is pending: it is still before them',
      {
        from: 'a shared, b shared, b upgrade, c exclusive, d shared',
        does: 'b withdraw',
        answers: ['true'],
        to: 'S1 a, pending c, parked d',
      },
    ],
    [
      'a shared one: the others are where they were',
      {
        from: 'a shared, b exclusive, c shared, d shared',
        does: 'c withdraw',
        answers: ['true'],
        to: 'S1 a, pending b, parked d',
      },
    ],
    [
      'one that is behind an exclusive request',
      {
        from: 'a shared, b exclusive, c exclusive, d shared',
        does: 'c withdraw',
        answers: ['true'],
        to: 'S1 a, pending b, parked d',
      },
    ],
    [
      'one that has been granted is none any more',
      { from: 'a exclusive, b exclusive, a release', does: 'b withdraw', answers: ['false'], to: 'X1 b' },
    ],
    [
      'those that go on and may not have slept fail, and leave nothing behind',
      {
        from: 'a shared, b exclusive, c shared+sleepFail',
        does: 'b withdraw',
        answers: ['true', 'c ENOLCK'],
        to: 'S1 a',
      },
    ],
  ])('%s', (_name, story) => tells(story));
});

describe('an owner that is no more', () => {
  it.each<[string, Story]>([
    [
      'exclusive, however often: the next has it, and is told',
      {
        from: 'a exclusive, a exclusive+canRecurse, a cancelBegin, b exclusive',
        does: 'a leave',
        answers: ['b granted'],
        to: 'X1 b, owner died',
      },
    ],
    [
      'exclusive, and nobody waits: whoever comes is told',
      { from: 'a exclusive, a leave', does: 'b exclusive', answers: ['0'], to: 'X1 b, owner died' },
    ],
    [
      'those who share it are told, too, as long as nobody has put it right',
      {
        from: 'a exclusive, b shared, a leave, b release',
        does: 'c shared',
        answers: ['0'],
        to: 'S1 c, owner died',
      },
    ],
    [
      'who has had it exclusively after that has put it right',
      { from: 'a exclusive, a leave, b exclusive', does: 'b release', answers: ['0'], to: 'free' },
    ],
    [
      'so has who goes on sharing it',
      { from: 'a exclusive, a leave, b exclusive', does: 'b downgrade', answers: ['0'], to: 'S1 b' },
    ],
    [
      'the next may die as well',
      { from: 'a exclusive, a leave, b exclusive', does: 'b leave', answers: [], to: 'free, owner died' },
    ],
    [
      'all of its shares, and there is nothing to put right',
      {
        from: 'a shared, a shared, b exclusive',
        does: 'a leave',
        answers: ['b granted'],
        to: 'X1 b',
      },
    ],
    [
      'its shares, and others have theirs',
      { from: 'a shared, b shared, a shared, c exclusive', does: 'a leave', answers: [], to: 'S1 b, pending c' },
    ],
    [
      'what it had disowned is not its own',
      { from: 'a exclusive, a disown', does: 'a leave', answers: [], to: 'X1 nobody' },
    ],
    ['it has nothing', { from: 'b exclusive', does: 'a leave', answers: [], to: 'X1 b' }],
  ])('%s', (_name, story) => tells(story));
});

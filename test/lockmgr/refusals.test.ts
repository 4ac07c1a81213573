import { describe, expect, it } from 'vitest';
import { LockRig } from './rig.ts';

type Story = [from: string, does: string, answers: string[], to: string];

function tells(_name: string, [from, does, answers, to]: Story): void {
  const rig = new LockRig();
  rig.does(from);
  expect(rig.does(does)).toEqual(answers);
  expect(rig.state).toBe(to);
}

/** lwkt.md §3.3 and §3.5 b, d. */
describe('SLEEPFAIL', () => {
  it.each<[string, Story]>([
    ['it need not wait: granted', ['b shared', 'a shared+sleepFail', ['0'], 'S2 ba']],
    ['exclusive, it need not wait: granted (d)', ['b exclusive, b release', 'a exclusive+sleepFail', ['0'], 'X1 a']],
    ['exclusive: it fails at its turn', ['b exclusive, a exclusive+sleepFail', 'b release', ['0', 'a ENOLCK'], 'free']],
    [
      'exclusive: what it would have got is for the next',
      ['b exclusive, a exclusive+sleepFail, c exclusive', 'b release', ['0', 'a ENOLCK', 'c granted'], 'X1 c'],
    ],
    [
      '*the* exclusive request: the next is who is parked',
      ['b shared, a exclusive+sleepFail, c shared', 'b release', ['0', 'a ENOLCK', 'c granted'], 'S1 c'],
    ],
    ['shared, behind a holder', ['b exclusive, a shared+sleepFail', 'b release', ['0', 'a ENOLCK'], 'free']],
    [
      'shared, behind a holder: the others have it',
      ['b exclusive, a shared+sleepFail, c shared', 'b release', ['0', 'a ENOLCK', 'c granted'], 'S1 c'],
    ],
    [
      'shared, behind a holder: it is for the writer',
      ['b exclusive, c exclusive, a shared+sleepFail', 'b release', ['0', 'a ENOLCK', 'c granted'], 'X1 c'],
    ],
    [
      'shared, behind an exclusive request (b)',
      ['b shared, c exclusive, a shared+sleepFail', 'c withdraw', ['true', 'a ENOLCK'], 'S1 b'],
    ],
    [
      'upgrade: its share is lost, too',
      ['a shared, b shared, a upgrade+sleepFail', 'b release', ['0', 'a ENOLCK'], 'free'],
    ],
    [
      'exclusive upgrade: the next has it',
      [
        'a shared, b shared, a exclusiveUpgrade+sleepFail, c exclusive',
        'b release',
        ['0', 'a ENOLCK', 'c granted'],
        'X1 c',
      ],
    ],
    [
      'upgrade that came second: as an exclusive request',
      [
        'a shared, b shared, c shared, b upgrade, a upgrade+sleepFail, c release',
        'b release',
        ['0', 'a ENOLCK'],
        'free',
      ],
    ],
    [
      'downgrade: who is parked fails',
      ['b exclusive, a shared+sleepFail, c shared', 'b downgrade', ['0', 'a ENOLCK', 'c granted'], 'S2 bc'],
    ],
  ])('%s', tells);
});

/** lwkt.md §3.3 and §3.5 a, e, g. */
describe('being cancelled', () => {
  it.each<[string, Story]>([
    [
      'all who wait and may be cancelled, whatever they wait for (a)',
      [
        'a exclusive, b shared+cancelable, c exclusive+cancelable, d exclusive+cancelable, e exclusive',
        'a cancelBegin',
        ['0', 'b ENOLCK', 'c ENOLCK', 'd ENOLCK'],
        'X1 a, writers e, cancelling',
      ],
    ],
    [
      'an exclusive request that is pending (a)',
      ['a shared, b exclusive+cancelable, a upgrade', 'a cancelBegin', ['0', 'b ENOLCK'], 'X1 a, cancelling'],
    ],
    [
      'who would have to wait: shared',
      ['b exclusive, b cancelBegin', 'a shared+cancelable', ['ENOLCK'], 'X1 b, cancelling'],
    ],
    [
      'who would have to wait: exclusive',
      ['b exclusive, b cancelBegin', 'a exclusive+cancelable', ['ENOLCK'], 'X1 b, cancelling'],
    ],
    [
      'before NOWAIT is looked at: shared',
      ['b exclusive, b cancelBegin', 'a shared+cancelable+noWait', ['ENOLCK'], 'X1 b, cancelling'],
    ],
    [
      'before NOWAIT is looked at: exclusive',
      ['b exclusive, b cancelBegin', 'a exclusive+cancelable+noWait', ['ENOLCK'], 'X1 b, cancelling'],
    ],
    [
      'who may not be cancelled waits',
      ['b exclusive, b cancelBegin', 'a exclusive', ['wait'], 'X1 b, writers a, cancelling'],
    ],
    [
      'who may not be cancelled, NOWAIT',
      ['b exclusive, b cancelBegin', 'a exclusive+noWait', ['EBUSY'], 'X1 b, cancelling'],
    ],
    [
      'who need not wait is not: the holder itself',
      ['a exclusive, a cancelBegin', 'a exclusive+cancelable+canRecurse', ['0'], 'X2 a, cancelling'],
    ],
    [
      'it goes on while the lock is shared by a downgrade: who need not wait is not cancelled',
      ['b exclusive, b cancelBegin, b downgrade', 'a shared+cancelable', ['0'], 'S2 ba, cancelling'],
    ],
    [
      'it goes on while the lock is shared by a downgrade: an exclusive request is',
      ['b exclusive, b cancelBegin, b downgrade', 'a exclusive+cancelable', ['ENOLCK'], 'S1 b, cancelling'],
    ],
    [
      'it goes on while the lock is shared by a downgrade: a shared request behind a writer is',
      [
        'b exclusive, b cancelBegin, c exclusive, b downgrade',
        'a shared+cancelable+noWait',
        ['ENOLCK'],
        'S1 b, pending c, cancelling',
      ],
    ],
    [
      'an upgrade loses its share',
      [
        'b exclusive, b cancelBegin, b downgrade, a shared',
        'a upgrade+cancelable+noWait',
        ['ENOLCK'],
        'S1 b, cancelling',
      ],
    ],
    [
      'an exclusive upgrade that came second loses its share',
      [
        'b exclusive, b cancelBegin, b downgrade, a shared, c shared, c upgrade',
        'a exclusiveUpgrade+cancelable',
        ['ENOLCK'],
        'S1 b, upgrade c, cancelling',
      ],
    ],
    [
      'an upgrade that came second loses its share',
      [
        'b exclusive, b cancelBegin, b downgrade, a shared, c shared, c upgrade',
        'a upgrade+cancelable',
        ['ENOLCK'],
        'S1 b, upgrade c, cancelling',
      ],
    ],
    [
      'it ends with the last release, when a writer follows (g)',
      ['a shared, b exclusive, a upgrade, a cancelBegin', 'a release', ['0', 'b granted'], 'X1 b'],
    ],
    ['it ends with the last share', ['a exclusive, a cancelBegin, a downgrade', 'a release', ['0'], 'free']],
    [
      'it does not end with a release that is not the last',
      ['a exclusive, a exclusive+canRecurse, a cancelBegin', 'a release', ['0'], 'X1 a, cancelling'],
    ],
    [
      'it does not end with a share that is not the last',
      ['a exclusive, a cancelBegin, b shared, a downgrade', 'a release', ['0'], 'S1 b, cancelling'],
    ],
  ])('%s', tells);

  it.each([
    'a shared, a cancelBegin',
    'a shared, b exclusive, a cancelBegin',
    'a shared, b shared, b upgrade, a cancelBegin',
  ])('is not for one who shares it (e): %s', (history) => {
    expect(() => new LockRig().does(history)).toThrow(/does not have it exclusively/);
  });

  it('comes after what the holder may not do: recursion without leave is EBUSY, not ENOLCK', () => {
    expect(new LockRig().does('a exclusive, a cancelBegin, a exclusive+cancelable+noWait')).toEqual(['EBUSY']);
  });
});

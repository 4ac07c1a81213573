import { describe, expect, it } from 'vitest';
import { LockRig } from './rig.ts';

type Row = { from: string; does: string; answers: string[]; to: string };

/** lwkt.md §3.2, row by row. `a` asks; `b`, `c` and `d` are others. */
const ROWS: Readonly<Record<string, Row>> = {
  'SHARED, free': { from: '', does: 'a shared', answers: ['0'], to: 'S1 a' },
  'SHARED, shared and nobody waits': { from: 'b shared', does: 'a shared', answers: ['0'], to: 'S2 ba' },
  'SHARED, shared by itself: one more': { from: 'a shared', does: 'a shared', answers: ['0'], to: 'S2 aa' },
  'SHARED, an exclusive request is pending: it waits': {
    from: 'b shared, c exclusive',
    does: 'a shared',
    answers: ['wait'],
    to: 'S1 b, pending c, parked a',
  },
  'SHARED, an exclusive request is pending, NOWAIT': {
    from: 'b shared, c exclusive',
    does: 'a shared+noWait',
    answers: ['EBUSY'],
    to: 'S1 b, pending c',
  },
  'SHARED, an exclusive request is pending, deadlock-treat: granted': {
    from: 'b shared, c exclusive',
    does: 'a shared+deadlockTreat',
    answers: ['0'],
    to: 'S2 ba, pending c',
  },
  'SHARED, an upgrade is pending: it waits': {
    from: 'b shared, c shared, c upgrade',
    does: 'a shared',
    answers: ['wait'],
    to: 'S1 b, upgrade c, parked a',
  },
  'SHARED, an upgrade is pending, NOWAIT': {
    from: 'b shared, c shared, c upgrade',
    does: 'a shared+noWait',
    answers: ['EBUSY'],
    to: 'S1 b, upgrade c',
  },
  'SHARED, an upgrade is pending, deadlock-treat: granted': {
    from: 'b shared, c shared, c upgrade',
    does: 'a shared+deadlockTreat',
    answers: ['0'],
    to: 'S2 ba, upgrade c',
  },
  'SHARED, exclusive by other: it waits': {
    from: 'b exclusive',
    does: 'a shared',
    answers: ['wait'],
    to: 'X1 b, parked a',
  },
  'SHARED, exclusive by other, deadlock-treat makes no difference': {
    from: 'b exclusive',
    does: 'a shared+deadlockTreat',
    answers: ['wait'],
    to: 'X1 b, parked a',
  },
  'SHARED, exclusive by other, NOWAIT': {
    from: 'b exclusive',
    does: 'a shared+noWait',
    answers: ['EBUSY'],
    to: 'X1 b',
  },
  'SHARED, disowned: it waits': {
    from: 'b exclusive, b disown',
    does: 'a shared',
    answers: ['wait'],
    to: 'X1 nobody, parked a',
  },
  'SHARED, exclusive by itself, CANRECURSE: it stays exclusive': {
    from: 'a exclusive',
    does: 'a shared+canRecurse',
    answers: ['0'],
    to: 'X2 a',
  },
  'SHARED, exclusive by itself, NOWAIT': {
    from: 'a exclusive',
    does: 'a shared+noWait',
    answers: ['EBUSY'],
    to: 'X1 a',
  },
  'SHARED, exclusive by itself, CANRECURSE and NOWAIT: granted': {
    from: 'a exclusive',
    does: 'a shared+canRecurse+noWait',
    answers: ['0'],
    to: 'X2 a',
  },
  'EXCLUSIVE, free': { from: '', does: 'a exclusive', answers: ['0'], to: 'X1 a' },
  'EXCLUSIVE, exclusive by itself, CANRECURSE': {
    from: 'a exclusive',
    does: 'a exclusive+canRecurse',
    answers: ['0'],
    to: 'X2 a',
  },
  'EXCLUSIVE, exclusive by itself, NOWAIT': {
    from: 'a exclusive',
    does: 'a exclusive+noWait',
    answers: ['EBUSY'],
    to: 'X1 a',
  },
  'EXCLUSIVE, exclusive by other: it waits, and is not yet *the* request': {
    from: 'b exclusive',
    does: 'a exclusive',
    answers: ['wait'],
    to: 'X1 b, writers a',
  },
  'EXCLUSIVE, exclusive by other, NOWAIT': {
    from: 'b exclusive',
    does: 'a exclusive+noWait',
    answers: ['EBUSY'],
    to: 'X1 b',
  },
  'EXCLUSIVE, disowned: it waits, be it its own': {
    from: 'a exclusive, a disown',
    does: 'a exclusive',
    answers: ['wait'],
    to: 'X1 nobody, writers a',
  },
  'EXCLUSIVE, shared: it waits, and is *the* request': {
    from: 'b shared',
    does: 'a exclusive',
    answers: ['wait'],
    to: 'S1 b, pending a',
  },
  'EXCLUSIVE, shared, NOWAIT': { from: 'b shared', does: 'a exclusive+noWait', answers: ['EBUSY'], to: 'S1 b' },
  'EXCLUSIVE, shared by itself: it waits for itself': {
    from: 'a shared',
    does: 'a exclusive',
    answers: ['wait'],
    to: 'S1 a, pending a',
  },
  'EXCLUSIVE, another is pending: it waits behind it': {
    from: 'b shared, c exclusive',
    does: 'a exclusive',
    answers: ['wait'],
    to: 'S1 b, pending c, writers a',
  },
  'EXCLUSIVE, an upgrade is pending: it waits behind it': {
    from: 'b shared, c shared, c upgrade',
    does: 'a exclusive',
    answers: ['wait'],
    to: 'S1 b, upgrade c, pending a',
  },
  'UPGRADE, shared by itself alone: exclusive at once': {
    from: 'a shared',
    does: 'a upgrade',
    answers: ['0'],
    to: 'X1 a',
  },
  'UPGRADE, shared by itself alone: even ahead of a pending exclusive request': {
    from: 'a shared, b exclusive, c shared',
    does: 'a upgrade',
    answers: ['0'],
    to: 'X1 a, pending b, parked c',
  },
  'UPGRADE, shared by itself alone, NOWAIT: exclusive at once': {
    from: 'a shared',
    does: 'a upgrade+noWait',
    answers: ['0'],
    to: 'X1 a',
  },
  'UPGRADE, shared by more: its share is given up, and it is *the* upgrade': {
    from: 'a shared, b shared',
    does: 'a upgrade',
    answers: ['wait'],
    to: 'S1 b, upgrade a',
  },
  'UPGRADE, shared by more, an exclusive request is pending: it is *the* upgrade all the same': {
    from: 'a shared, b shared, c exclusive',
    does: 'a upgrade',
    answers: ['wait'],
    to: 'S1 b, upgrade a, pending c',
  },
  'UPGRADE, shared by more, NOWAIT: the share is lost': {
    from: 'a shared, b shared',
    does: 'a upgrade+noWait',
    answers: ['EBUSY'],
    to: 'S1 b',
  },
  'UPGRADE, another is pending: the share is lost, and it waits as an exclusive request': {
    from: 'a shared, b shared, c shared, c upgrade',
    does: 'a upgrade',
    answers: ['wait'],
    to: 'S1 b, upgrade c, pending a',
  },
  'UPGRADE, another is pending, and its own was the last share: the other has it': {
    from: 'a shared, c shared, c upgrade',
    does: 'a upgrade',
    answers: ['wait', 'c granted'],
    to: 'X1 c, writers a',
  },
  'UPGRADE, another is pending, but would not take it: it has it': {
    from: 'a shared, c shared, c upgrade+sleepFail',
    does: 'a upgrade',
    answers: ['0', 'c ENOLCK'],
    to: 'X1 a',
  },
  'UPGRADE, its own is pending, and its own was the last share: it has it, and waits for itself': {
    from: 'a shared, a shared, a upgrade',
    does: 'a upgrade',
    answers: ['wait', 'a granted'],
    to: 'X1 a, writers a',
  },
  'UPGRADE, another is pending, NOWAIT: the share is lost': {
    from: 'a shared, b shared, c shared, c upgrade',
    does: 'a upgrade+noWait',
    answers: ['EBUSY'],
    to: 'S1 b, upgrade c',
  },
  'UPGRADE, another is pending, NOWAIT, and its own was the last share: the other has it': {
    from: 'a shared, c shared, c upgrade',
    does: 'a upgrade+noWait',
    answers: ['EBUSY', 'c granted'],
    to: 'X1 c',
  },
  'UPGRADE, exclusive by itself: nothing': { from: 'a exclusive', does: 'a upgrade', answers: ['0'], to: 'X1 a' },
  'UPGRADE, exclusive by itself more than once: nothing': {
    from: 'a exclusive, a exclusive+canRecurse',
    does: 'a upgrade+noWait',
    answers: ['0'],
    to: 'X2 a',
  },
  'EXCLUPGRADE, shared by itself alone: exclusive at once': {
    from: 'a shared, b exclusive',
    does: 'a exclusiveUpgrade',
    answers: ['0'],
    to: 'X1 a, pending b',
  },
  'EXCLUPGRADE, shared by more: its share is given up, and it is *the* upgrade': {
    from: 'a shared, b shared',
    does: 'a exclusiveUpgrade',
    answers: ['wait'],
    to: 'S1 b, upgrade a',
  },
  'EXCLUPGRADE, shared by more, NOWAIT: the share is lost': {
    from: 'a shared, b shared',
    does: 'a exclusiveUpgrade+noWait',
    answers: ['EBUSY'],
    to: 'S1 b',
  },
  'EXCLUPGRADE, another is pending: EBUSY, and the share is lost': {
    from: 'a shared, b shared, c shared, c upgrade',
    does: 'a exclusiveUpgrade',
    answers: ['EBUSY'],
    to: 'S1 b, upgrade c',
  },
  'EXCLUPGRADE, another is pending, and its own was the last share: the other has it': {
    from: 'a shared, c shared, c exclusiveUpgrade',
    does: 'a exclusiveUpgrade',
    answers: ['EBUSY', 'c granted'],
    to: 'X1 c',
  },
  'EXCLUPGRADE, exclusive by itself: nothing': {
    from: 'a exclusive',
    does: 'a exclusiveUpgrade',
    answers: ['0'],
    to: 'X1 a',
  },
  'DOWNGRADE, exclusive by itself: shared, together with all that are parked': {
    from: 'a exclusive, b shared, c shared',
    does: 'a downgrade',
    answers: ['0', 'b granted', 'c granted'],
    to: 'S3 abc',
  },
  'DOWNGRADE, exclusive by itself: an exclusive request goes on waiting': {
    from: 'a exclusive, c exclusive, b shared, d exclusive',
    does: 'a downgrade',
    answers: ['0', 'b granted'],
    to: 'S2 ab, pending c, writers d',
  },
  'DOWNGRADE, exclusive by itself: so does one that was pending before': {
    from: 'a shared, c exclusive, b shared, a upgrade',
    does: 'a downgrade',
    answers: ['0', 'b granted'],
    to: 'S2 ab, pending c',
  },
  'RELEASE, exclusive by itself: free': { from: 'a exclusive', does: 'a release', answers: ['0'], to: 'free' },
  'RELEASE, exclusive by itself more than once: one less': {
    from: 'a exclusive, a exclusive+canRecurse, a shared+canRecurse, b shared',
    does: 'a release',
    answers: ['0'],
    to: 'X2 a, parked b',
  },
  'RELEASE, disowned: anybody may': {
    from: 'b exclusive, b disown, c exclusive',
    does: 'a release',
    answers: ['0', 'c granted'],
    to: 'X1 c',
  },
  'RELEASE, disowned, had more than once: one less': {
    from: 'b exclusive, b exclusive+canRecurse, b disown, c shared',
    does: 'a release',
    answers: ['0'],
    to: 'X1 nobody, parked c',
  },
  'RELEASE, shared: one less': { from: 'a shared, b shared', does: 'a release', answers: ['0'], to: 'S1 b' },
  'RELEASE, shared: one less, and those that wait go on waiting': {
    from: 'a shared, b shared, c exclusive, d shared',
    does: 'a release',
    answers: ['0'],
    to: 'S1 b, pending c, parked d',
  },
  'RELEASE, shared, whosever it was': { from: 'b shared, c shared', does: 'a release', answers: ['0'], to: 'S1 c' },
  'RELEASE, shared by itself alone: free': { from: 'a shared', does: 'a release', answers: ['0'], to: 'free' },
  'RELEASE, exclusive by itself, cancelling: that ends': {
    from: 'a exclusive, a cancelBegin, b exclusive',
    does: 'a release',
    answers: ['0', 'b granted'],
    to: 'X1 b',
  },
  'CANCEL_BEG, exclusive by itself': {
    from: 'a exclusive',
    does: 'a cancelBegin',
    answers: ['0'],
    to: 'X1 a, cancelling',
  },
  'CANCEL_BEG, exclusive by itself more than once': {
    from: 'a exclusive, a exclusive+canRecurse',
    does: 'a cancelBegin',
    answers: ['0'],
    to: 'X2 a, cancelling',
  },
  'CANCEL_END: off, and the lock is kept': {
    from: 'a exclusive, a cancelBegin',
    does: 'a cancelEnd',
    answers: ['0'],
    to: 'X1 a',
  },
  'CANCEL_END, shared since: off': {
    from: 'a exclusive, a cancelBegin, a downgrade',
    does: 'a cancelEnd',
    answers: ['0'],
    to: 'S1 a',
  },
  'CANCEL_END, it was off: nothing': { from: 'a exclusive', does: 'a cancelEnd', answers: ['0'], to: 'X1 a' },
  'disown, exclusive by itself': { from: 'a exclusive', does: 'a disown', answers: ['0'], to: 'X1 nobody' },
  'disown, disowned before: nothing': {
    from: 'b exclusive, b disown',
    does: 'a disown',
    answers: ['0'],
    to: 'X1 nobody',
  },
};

describe('the table', () => {
  it.each(Object.entries(ROWS))('%s', (_name, { from, does, answers, to }) => {
    const rig = new LockRig();
    if (from !== '') rig.does(from);
    expect(rig.does(does)).toEqual(answers);
    expect(rig.state).toBe(to);
  });
});

/** What is a panic there: thrown, and nothing has changed. */
const PANICS: Readonly<Record<string, { from: string; does: string; text: RegExp }>> = {
  'SHARED, exclusive by itself': { from: 'a exclusive', does: 'a shared', text: /a has it already/ },
  'EXCLUSIVE, exclusive by itself': { from: 'a exclusive', does: 'a exclusive', text: /a has it already/ },
  'UPGRADE, free': { from: '', does: 'a upgrade', text: /a does not have it/ },
  'UPGRADE, exclusive by other': { from: 'b exclusive', does: 'a upgrade', text: /a does not have it/ },
  'UPGRADE, disowned': { from: 'a exclusive, a disown', does: 'a upgrade', text: /a does not have it/ },
  'EXCLUPGRADE, free': { from: '', does: 'a exclusiveUpgrade', text: /a does not have it/ },
  'EXCLUPGRADE, exclusive by other': { from: 'b exclusive', does: 'a exclusiveUpgrade', text: /a does not have it/ },
  'EXCLUPGRADE, disowned': { from: 'a exclusive, a disown', does: 'a exclusiveUpgrade', text: /a does not have it/ },
  'DOWNGRADE, exclusive by itself more than once': {
    from: 'a exclusive, a exclusive+canRecurse',
    does: 'a downgrade',
    text: /a has it 2 times/,
  },
  'DOWNGRADE, free': { from: '', does: 'a downgrade', text: /a does not have it/ },
  'DOWNGRADE, shared': { from: 'a shared', does: 'a downgrade', text: /not have it exclusively/ },
  'DOWNGRADE, exclusive by other': { from: 'b exclusive', does: 'a downgrade', text: /a does not have it/ },
  'DOWNGRADE, disowned': { from: 'a exclusive, a disown', does: 'a downgrade', text: /a does not have it/ },
  'RELEASE, free': { from: '', does: 'a release', text: /a does not have it/ },
  'RELEASE, exclusive by other': { from: 'b exclusive', does: 'a release', text: /a does not have it/ },
  'CANCEL_BEG, free': { from: '', does: 'a cancelBegin', text: /a does not have it/ },
  'CANCEL_BEG, exclusive by other': { from: 'b exclusive', does: 'a cancelBegin', text: /a does not have it/ },
  'CANCEL_BEG, twice': { from: 'a exclusive, a cancelBegin', does: 'a cancelBegin', text: /does not nest/ },
  'CANCEL_END, free': { from: '', does: 'a cancelEnd', text: /a does not have it/ },
  'CANCEL_END, exclusive by other': { from: 'b exclusive, b cancelBegin', does: 'a cancelEnd', text: /a does not/ },
  'disown, shared': { from: 'a shared', does: 'a disown', text: /not have it exclusively/ },
  'disown, exclusive by other': { from: 'b exclusive', does: 'a disown', text: /a does not have it/ },
};

describe('panics', () => {
  it.each(Object.entries(PANICS))('%s', (_name, { from, does, text }) => {
    const rig = new LockRig();
    if (from !== '') rig.does(from);
    const before = rig.state;
    expect(() => rig.does(does)).toThrow(expect.objectContaining({ name: 'InvariantError', object: 'the lock' }));
    expect(() => rig.does(does)).toThrow(text);
    expect(rig.state).toBe(before);
  });
});

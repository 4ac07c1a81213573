import { describe, expect, it } from 'vitest';
import { isIdle, type KeeperEffect, type KeeperState } from '../../src/lock/index.ts';
import { keeperIn, type KeeperRig } from './rig.ts';

type Row = {
  from: ReturnType<typeof keeperIn>;
  does: (rig: KeeperRig) => (KeeperEffect | string)[];
  effects: (KeeperEffect | string)[];
  to: Partial<KeeperState>;
};

const granted = (user: number, ownerDied = false, gen = 5): KeeperEffect => ({
  type: 'granted',
  wish: user,
  user,
  gen,
  ownerDied,
});
const failed = (wish: number, code: Extract<KeeperEffect, { type: 'failed' }>['code']): KeeperEffect => ({
  type: 'failed',
  wish,
  code,
});
const request = (reqId: number, noQueue = false): KeeperEffect => ({ type: 'request', reqId, noQueue });
const release = (condition = 0, gen = 5): KeeperEffect => ({ type: 'release', gen, condition });
const waiting = (...users: number[]): KeeperState['queue'] =>
  users.map((user) => ({ wish: user, user, noQueue: false }));

/** pager.md §2.3, row by row. */
const ROWS: Readonly<Record<string, Row>> = {
  'N, user lock: it is asked for': {
    from: keeperIn('none'),
    does: (rig) => rig.lock(1),
    effects: [request(1)],
    to: { status: 'requested', queue: waiting(1) },
  },
  'R, user lock: it waits, and nothing is asked twice': {
    from: keeperIn('requested'),
    does: (rig) => rig.lock(2),
    effects: [],
    to: { status: 'requested', queue: waiting(1, 2) },
  },
  'R, granted: the first who waits is the owner': {
    from: keeperIn('requested', { queue: [2] }),
    does: (rig) => rig.grant(7),
    effects: [granted(1, false, 7)],
    to: { status: 'held', owner: 1, gen: 7, queue: waiting(2) },
  },
  'R, granted with a recall: it goes back when the owner is done': {
    from: keeperIn('requested'),
    does: (rig) => rig.grant(7, { recall: true }),
    effects: [granted(1, false, 7)],
    to: { status: 'yielding', owner: 1 },
  },
  'R, granted after an owner died: the first who waits is told': {
    from: keeperIn('requested'),
    does: (rig) => rig.grant(7, { condition: 1 }),
    effects: [granted(1, true, 7)],
    to: { status: 'held', condition: 1 },
  },
  'R, granted although nothing can be repaired: nobody gets it, and it goes back as it came': {
    from: keeperIn('requested', { queue: [2] }),
    does: (rig) => rig.grant(7, { condition: 2 }),
    effects: [failed(1, 'ENOTRECOVERABLE'), failed(2, 'ENOTRECOVERABLE'), release(2, 7)],
    to: { status: 'none', owner: null, queue: [] },
  },
  'R, granted, nobody wants it any more: it stays': {
    from: withdrawn(),
    does: (rig) => rig.grant(7),
    effects: [],
    to: { status: 'retained', gen: 7, owner: null },
  },
  'R, granted with a recall, nobody wants it any more: it goes back': {
    from: withdrawn(),
    does: (rig) => rig.grant(7, { recall: true, condition: 1 }),
    effects: [release(1, 7)],
    to: { status: 'none' },
  },
  'R, granted by another request: ignored': {
    from: keeperIn('requested'),
    does: (rig) => rig.tell('granted', { reqId: 9, gen: 7, condition: 0, recall: false }),
    effects: [],
    to: { status: 'requested', gen: 0 },
  },
  'H, lock by the owner: EDEADLK': {
    from: keeperIn('held'),
    does: (rig) => rig.lock(1),
    effects: [failed(1, 'EDEADLK')],
    to: { status: 'held', owner: 1 },
  },
  'Y, lock by the owner: EDEADLK': {
    from: keeperIn('yielding'),
    does: (rig) => rig.lock(1),
    effects: [failed(1, 'EDEADLK')],
    to: { status: 'yielding', owner: 1 },
  },
  'H, user lock: it waits': {
    from: keeperIn('held'),
    does: (rig) => rig.lock(2),
    effects: [],
    to: { status: 'held', queue: waiting(2) },
  },
  'R, EAGAIN: who tried fails, who came since has it asked for': {
    from: tried(),
    does: (rig) => rig.tell('failed', { reqId: 1, code: 'EAGAIN' }),
    effects: [failed(1, 'EAGAIN'), request(2)],
    to: { status: 'requested', queue: waiting(2) },
  },
  'R, failed for all: nobody waits': {
    from: keeperIn('requested', { queue: [2] }),
    does: (rig) => rig.tell('failed', { reqId: 1, code: 'ENOTRECOVERABLE' }),
    effects: [failed(1, 'ENOTRECOVERABLE'), failed(2, 'ENOTRECOVERABLE')],
    to: { status: 'none', queue: [] },
  },
  'H, unlock, somebody waits: handed on without a message': {
    from: keeperIn('held', { queue: [2, 3] }),
    does: (rig) => rig.unlock(1, 5),
    effects: [granted(2)],
    to: { status: 'held', owner: 2, queue: waiting(3) },
  },
  'H, unlock, nobody waits: kept without a message': {
    from: keeperIn('held'),
    does: (rig) => rig.unlock(1),
    effects: [],
    to: { status: 'retained', owner: null },
  },
  'H, recall: it goes back when the owner is done': {
    from: keeperIn('held'),
    does: (rig) => rig.tell('recall', { gen: 5 }),
    effects: [],
    to: { status: 'yielding', owner: 1 },
  },
  'T, user lock: the owner at once, without a message': {
    from: keeperIn('retained'),
    does: (rig) => rig.lock(2),
    effects: [granted(2)],
    to: { status: 'held', owner: 2 },
  },
  'T, trylock: the owner at once': {
    from: keeperIn('retained'),
    does: (rig) => rig.lock(2, true),
    effects: [granted(2)],
    to: { status: 'held', owner: 2 },
  },
  'T, user lock, its last owner died: EOWNERDEAD': {
    from: keeperIn('retained', { condition: 1 }),
    does: (rig) => rig.lock(2),
    effects: [granted(2, true)],
    to: { status: 'held', condition: 1 },
  },
  'T, recall: it goes back': {
    from: keeperIn('retained', { condition: 1 }),
    does: (rig) => rig.tell('recall', { gen: 5 }),
    effects: [release(1)],
    to: { status: 'none' },
  },
  'T, evict: it goes back': {
    from: keeperIn('retained'),
    does: (rig) => rig.tell('evict', null),
    effects: [release()],
    to: { status: 'none' },
  },
  'H, evict: it stays': {
    from: keeperIn('held'),
    does: (rig) => rig.tell('evict', null),
    effects: [],
    to: { status: 'held', owner: 1 },
  },
  'Y, user lock: it waits': {
    from: keeperIn('yielding'),
    does: (rig) => rig.lock(2),
    effects: [],
    to: { status: 'yielding', owner: 1, queue: waiting(2) },
  },
  'Y, unlock, nobody waits: it goes back': {
    from: keeperIn('yielding'),
    does: (rig) => rig.unlock(1),
    effects: [release()],
    to: { status: 'none', owner: null },
  },
  'Y, unlock, somebody waits: it goes back, and is asked for anew': {
    from: keeperIn('yielding', { queue: [2] }),
    does: (rig) => rig.unlock(1),
    effects: [release(), request(2)],
    to: { status: 'requested', owner: null, queue: waiting(2) },
  },
  'H, recall of another grant: ignored': {
    from: keeperIn('held'),
    does: (rig) => rig.tell('recall', { gen: 4 }),
    effects: [],
    to: { status: 'held' },
  },
  'N, recall that crossed a release: ignored': {
    from: evicted(),
    does: (rig) => rig.tell('recall', { gen: 5 }),
    effects: [],
    to: { status: 'none', gen: 5 },
  },
  'R, recall that crossed a release: ignored': {
    from: evicted(2),
    does: (rig) => rig.tell('recall', { gen: 5 }),
    effects: [],
    to: { status: 'requested' },
  },
  'Y, recall once more: ignored': {
    from: keeperIn('yielding'),
    does: (rig) => rig.tell('recall', { gen: 5 }),
    effects: [],
    to: { status: 'yielding', owner: 1 },
  },
  'H, the owner dies, somebody waits: EOWNERDEAD': {
    from: keeperIn('held', { queue: [2] }),
    does: (rig) => rig.tell('leave', { user: 1 }),
    effects: [granted(2, true)],
    to: { status: 'held', owner: 2, condition: 1 },
  },
  'H, the owner dies, nobody waits: it is kept with the mark': {
    from: keeperIn('held'),
    does: (rig) => rig.tell('leave', { user: 1 }),
    effects: [],
    to: { status: 'retained', condition: 1 },
  },
  'Y, the owner dies: it goes back with the mark': {
    from: keeperIn('yielding', { queue: [2] }),
    does: (rig) => rig.tell('leave', { user: 1 }),
    effects: [release(1), request(2)],
    to: { status: 'requested' },
  },
  'H, an owner that has not put it right dies: it is marked, and not lost': {
    from: keeperIn('held', { condition: 1, queue: [2] }),
    does: (rig) => rig.tell('leave', { user: 1 }),
    effects: [granted(2, true)],
    to: { condition: 1 },
  },
  'H, consistent: the mark is gone': {
    from: keeperIn('held', { condition: 1 }),
    does: (rig) => rig.tell('repair', { user: 1, gen: 5 }),
    effects: [],
    to: { status: 'held', condition: 0 },
  },
  'H, consistent of what is clean: EINVAL': {
    from: keeperIn('held'),
    does: (rig) => rig.tell('repair', { user: 1, gen: 0 }),
    effects: ['EINVAL'],
    to: { condition: 0 },
  },
  'H, consistent by another: EPERM': {
    from: keeperIn('held', { condition: 1 }),
    does: (rig) => rig.tell('repair', { user: 2, gen: 0 }),
    effects: ['EPERM'],
    to: { condition: 1 },
  },
  'H, unlock of what was not put right: lost for all': {
    from: keeperIn('held', { condition: 1, queue: [2, 3] }),
    does: (rig) => rig.unlock(1),
    effects: [failed(2, 'ENOTRECOVERABLE'), failed(3, 'ENOTRECOVERABLE'), release(2)],
    to: { status: 'none', queue: [] },
  },
  'Y, unlock of what was not put right: lost for all': {
    from: keeperIn('yielding', { condition: 1, queue: [2] }),
    does: (rig) => rig.unlock(1),
    effects: [failed(2, 'ENOTRECOVERABLE'), release(2)],
    to: { status: 'none' },
  },
  'R, the only wish is withdrawn: it is cancelled': {
    from: keeperIn('requested'),
    does: (rig) => rig.tell('withdraw', { wish: 1 }),
    effects: [{ type: 'cancel', reqId: 1 }],
    to: { status: 'requested', queue: [] },
  },
  'R, one of two wishes is withdrawn: nothing else': {
    from: keeperIn('requested', { queue: [2] }),
    does: (rig) => rig.tell('withdraw', { wish: 1 }),
    effects: [],
    to: { status: 'requested', queue: waiting(2) },
  },
  'R, who waits dies: it is cancelled': {
    from: keeperIn('requested'),
    does: (rig) => rig.tell('leave', { user: 1 }),
    effects: [{ type: 'cancel', reqId: 1 }],
    to: { status: 'requested', queue: [], condition: 0 },
  },
  'R, what was cancelled fails: who came since has it asked for': {
    from: withdrawn(2),
    does: (rig) => rig.tell('failed', { reqId: 1, code: 'KERN_ABORTED' }),
    effects: [request(2)],
    to: { status: 'requested', queue: waiting(2) },
  },
  'H, who waits is cancelled: nothing else': {
    from: keeperIn('held', { queue: [2, 3] }),
    does: (rig) => rig.tell('withdraw', { wish: 2 }),
    effects: [],
    to: { status: 'held', owner: 1, queue: waiting(3) },
  },
  'Y, who waits dies: nothing else': {
    from: keeperIn('yielding', { queue: [2] }),
    does: (rig) => rig.tell('leave', { user: 2 }),
    effects: [],
    to: { status: 'yielding', owner: 1, queue: [] },
  },
  'H, fenced, somebody waits: it is asked for anew': {
    from: keeperIn('held', { queue: [2] }),
    does: (rig) => rig.tell('fenced', { gen: 5 }),
    effects: [{ type: 'fenced', user: 1, gen: 5 }, request(2)],
    to: { status: 'requested', owner: null, stale: [{ user: 1, gen: 5 }] },
  },
  'Y, fenced: its owner is stale': {
    from: keeperIn('yielding'),
    does: (rig) => rig.tell('fenced', { gen: 5 }),
    effects: [{ type: 'fenced', user: 1, gen: 5 }],
    to: { status: 'none', stale: [{ user: 1, gen: 5 }] },
  },
  'T, fenced: it is gone': {
    from: keeperIn('retained'),
    does: (rig) => rig.tell('fenced', { gen: 5 }),
    effects: [],
    to: { status: 'none', stale: [] },
  },
  'H, fenced by another grant: ignored': {
    from: keeperIn('held'),
    does: (rig) => rig.tell('fenced', { gen: 4 }),
    effects: [],
    to: { status: 'held', owner: 1, stale: [] },
  },
  'fenced, its unlock: EFENCED, once': {
    from: fenced(),
    does: (rig) => [...rig.unlock(1, 5), ...rig.unlock(1, 5)],
    effects: ['EFENCED', 'EPERM'],
    to: { stale: [] },
  },
  'fenced, its lock: EFENCED, once': {
    from: fenced(),
    does: (rig) => [...rig.lock(1), ...rig.lock(1)],
    effects: [failed(1, 'EFENCED'), request(2)],
    to: { stale: [], status: 'requested' },
  },
  'R, the pager is gone: nobody waits': {
    from: keeperIn('requested', { queue: [2] }),
    does: (rig) => rig.tell('masterGone', null),
    effects: [failed(1, 'KERN_MEMORY_ERROR'), failed(2, 'KERN_MEMORY_ERROR')],
    to: { status: 'none', isDead: true, asked: null },
  },
  'H, the pager is gone: the owner keeps it, and its unlock succeeds': {
    from: keeperIn('held', { queue: [2] }),
    does: (rig) => [...rig.tell('masterGone', null), ...rig.unlock(1, 5)],
    effects: [failed(2, 'KERN_MEMORY_ERROR')],
    to: { status: 'none', owner: null, isDead: true },
  },
  'any, after the pager is gone, user lock: KERN_MEMORY_ERROR': {
    from: keeperIn('retained'),
    does: (rig) => [...rig.tell('masterGone', null), ...rig.lock(2)],
    effects: [failed(2, 'KERN_MEMORY_ERROR')],
    to: { isDead: true },
  },
  'H, unlock by another: EPERM': {
    from: keeperIn('held'),
    does: (rig) => rig.unlock(2),
    effects: ['EPERM'],
    to: { status: 'held', owner: 1 },
  },
  'H, unlock of another grant: EPERM': {
    from: keeperIn('held'),
    does: (rig) => rig.unlock(1, 4),
    effects: ['EPERM'],
    to: { status: 'held', owner: 1 },
  },
  'T, unlock: EPERM': { from: keeperIn('retained'), does: (rig) => rig.unlock(1), effects: ['EPERM'], to: {} },
  'N, trylock: asked for, and not to wait': {
    from: keeperIn('none'),
    does: (rig) => rig.lock(1, true),
    effects: [request(1, true)],
    to: { status: 'requested' },
  },
  'R, trylock: EAGAIN': {
    from: keeperIn('requested'),
    does: (rig) => rig.lock(2, true),
    effects: [failed(2, 'EAGAIN')],
    to: { queue: waiting(1) },
  },
  'H, trylock: EAGAIN': {
    from: keeperIn('held'),
    does: (rig) => rig.lock(2, true),
    effects: [failed(2, 'EAGAIN')],
    to: { queue: [] },
  },
  'Y, trylock: EAGAIN': {
    from: keeperIn('yielding'),
    does: (rig) => rig.lock(2, true),
    effects: [failed(2, 'EAGAIN')],
    to: { queue: [] },
  },
};

describe('pager.md §2.3', () => {
  it.each(Object.entries(ROWS))('%s', (_name, { from, does, effects, to }) => {
    expect(does(from)).toEqual(effects);
    expect(from.keeper).toMatchObject(to);
  });

  it('counts grants to users, and messages to and from the master', () => {
    const rig = keeperIn('held', { queue: [2] });
    rig.unlock(1);
    rig.tell('recall', { gen: 5 });
    rig.unlock(2);
    // A request, its grant, a recall, a release.
    expect(rig.keeper).toMatchObject({ grants: 2, messages: 4 });
  });

  it('can be forgotten when it has nothing, owes nothing, and may still get something', () => {
    expect(isIdle(keeperIn('none').keeper)).toBe(true);
    expect([keeperIn('requested'), keeperIn('retained'), fenced()].some(({ keeper }) => isIdle(keeper))).toBe(false);
    const rig = keeperIn('none');
    rig.tell('masterGone', null);
    expect(isIdle(rig.keeper)).toBe(false);
  });
});

/** R: the only wish was withdrawn; then these came. */
function withdrawn(...users: number[]): KeeperRig {
  const rig = keeperIn('requested');
  rig.tell('withdraw', { wish: 1 });
  for (const user of users) rig.lock(user);
  return rig;
}

/** R: user 1 only tries; user 2 came then, and waits. */
function tried(): KeeperRig {
  const rig = keeperIn('none');
  rig.lock(1, true);
  rig.lock(2);
  return rig;
}

/** N, or R if somebody wants it since: it was given back by itself. */
function evicted(...users: number[]): KeeperRig {
  const rig = keeperIn('retained');
  rig.tell('evict', null);
  for (const user of users) rig.lock(user);
  return rig;
}

/** N: the hold of user 1 was revoked. */
function fenced(): KeeperRig {
  const rig = keeperIn('held');
  rig.tell('fenced', { gen: 5 });
  return rig;
}

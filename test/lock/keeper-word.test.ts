import { describe, expect, it } from 'vitest';
import {
  FREE,
  type KeeperEffect,
  type KeeperEvents,
  type KeeperState,
  MOST_OWNER,
  newKeeper,
  ownedBy,
  SHUT,
  slow,
  tellKeeper,
} from '../../src/lock/index.ts';

/** A keeper with a word that a test writes as a task would. Users that have left are in `gone`. */
class Rig {
  readonly keeper: KeeperState = newKeeper();
  readonly gone = new Set<number>();
  word = SHUT;

  tell<K extends keyof KeeperEvents>(event: K, about: KeeperEvents[K]): KeeperEffect[] {
    const effects: KeeperEffect[] = [];
    const word = {
      load: () => this.word,
      exchange: (value: number) => {
        const found = this.word;
        this.word = value;
        return found;
      },
      store: (value: number) => void (this.word = value),
    };
    const isUser = (user: number): boolean => !this.gone.has(user);
    tellKeeper(this.keeper, { word, isUser, emit: (effect) => void effects.push(effect) }, event, about);
    return effects;
  }

  lock(user: number): KeeperEffect[] {
    return this.tell('lock', { wish: user, user, noQueue: false });
  }

  grant({ condition = 0, recall = false } = {}): KeeperEffect[] {
    return this.tell('granted', { reqId: this.keeper.lastReqId, gen: 5, condition, recall });
  }
}

function held({ user = 1, condition = 0, recall = false } = {}): Rig {
  const rig = new Rig();
  rig.lock(user);
  rig.grant({ condition, recall });
  return rig;
}

function kept(): Rig {
  const rig = held();
  rig.tell('unlock', { user: 1, gen: 5 });
  return rig;
}

describe('what the word says of a keeper', () => {
  it.each<[string, Rig, number]>([
    ['held, nobody waits: the owner may give it back', held(), ownedBy(1)],
    ['kept: who comes may take it', kept(), FREE],
    ['recalled: the owner comes to the broker', held({ recall: true }), slow(ownedBy(1))],
    ['an owner died before: the owner comes to the broker', held({ condition: 1 }), slow(ownedBy(1))],
    ['held by one whose number does not fit: nobody takes it', held({ user: MOST_OWNER + 1 }), SHUT],
  ])('%s', (_name, { word }, says) => {
    expect(word).toBe(says);
  });

  it('asked for, given back, or of a dead pager: nobody takes it', () => {
    const asked = new Rig();
    asked.lock(1);
    const away = kept();
    away.tell('evict', null);
    const dead = kept();
    dead.tell('masterGone', null);
    expect([asked.word, away.word, dead.word]).toEqual([SHUT, SHUT, SHUT]);
  });

  it('held, somebody waits: the owner comes to the broker, until nobody does', () => {
    const rig = held();
    rig.lock(2);
    expect(rig.word).toBe(slow(ownedBy(1)));
    rig.tell('withdraw', { wish: 2 });
    expect(rig.word).toBe(ownedBy(1));
  });

  it('a kept lock whose last owner died is not for who comes: it must be told', () => {
    const rig = held();
    rig.gone.add(1);
    rig.tell('leave', { user: 1 });
    expect([rig.keeper.status, rig.word]).toEqual(['retained', SHUT]);
    expect(rig.lock(2)).toEqual([{ type: 'granted', wish: 2, user: 2, gen: 5, ownerDied: true }]);
  });
});

describe('what tasks have done with the word', () => {
  it('taken by a task: it is the owner', () => {
    const rig = kept();
    rig.word = ownedBy(7);
    expect(rig.lock(2)).toEqual([]);
    expect(rig.keeper).toMatchObject({ status: 'held', owner: 7 });
    expect(rig.word).toBe(slow(ownedBy(7)));
  });

  it('given back by its owner, and taken by the same one who asks then', () => {
    const rig = held();
    rig.word = FREE;
    expect(rig.lock(1)).toEqual([{ type: 'granted', wish: 1, user: 1, gen: 5, ownerDied: false }]);
  });

  it('given back by its owner: a recall finds it idle', () => {
    const rig = held();
    rig.word = FREE;
    expect(rig.tell('recall', { gen: 5 })).toEqual([{ type: 'release', gen: 5, condition: 0 }]);
    expect(rig.word).toBe(SHUT);
  });

  it('taken by a task: a recall waits for it, and nothing of its kind is evicted', () => {
    const rig = kept();
    rig.word = ownedBy(7);
    expect([...rig.tell('evict', null), ...rig.tell('recall', { gen: 5 })]).toEqual([]);
    expect(rig.keeper).toMatchObject({ status: 'yielding', owner: 7 });
  });

  it('taken by one that has died or left: the next is told', () => {
    const rig = kept();
    rig.word = ownedBy(7);
    rig.gone.add(7);
    expect(rig.lock(2)).toEqual([{ type: 'granted', wish: 2, user: 2, gen: 5, ownerDied: true }]);
  });

  it('taken by one that was fenced before, and that cannot give it back: its unlock is of what it has now', () => {
    const rig = held();
    rig.tell('fenced', { gen: 5 });
    rig.lock(2);
    rig.tell('granted', { reqId: rig.keeper.lastReqId, gen: 6, condition: 0, recall: false });
    rig.tell('unlock', { user: 2, gen: 6 });
    expect(rig.word).toBe(FREE);
    // It finds another generation than its own, but somebody else has come already.
    rig.word = ownedBy(1);
    expect(rig.lock(2)).toEqual([]);
    expect(rig.word).toBe(slow(ownedBy(1)));
    expect(rig.tell('unlock', { user: 1, gen: 0 })).toMatchObject([{ type: 'granted', user: 2, gen: 6 }]);
    expect(rig.lock(1)).toEqual([{ type: 'failed', wish: 1, code: 'EFENCED' }]);
  });

  it('taken by one that is fenced: it is that one that is stale', () => {
    const rig = kept();
    rig.word = ownedBy(7);
    expect(rig.tell('fenced', { gen: 5 })).toEqual([{ type: 'fenced', user: 7, gen: 5 }]);
    expect(rig.word).toBe(SHUT);
  });

  it.each([SHUT, slow(ownedBy(7)), 0xffff_fffc])('overwritten with %i: the next is told', (word) => {
    const rig = kept();
    rig.word = word;
    expect(rig.lock(2)).toEqual([{ type: 'granted', wish: 2, user: 2, gen: 5, ownerDied: true }]);
  });
});

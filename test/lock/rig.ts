import {
  type KeeperEffect,
  type KeeperEvents,
  type KeeperState,
  type MasterEffect,
  type MasterEvents,
  type MasterState,
  newKeeper,
  newMaster,
  tellKeeper,
  tellMaster,
} from '../../src/lock/index.ts';

/** One keeper, by messages alone. Each call answers what the keeper had done, in order, and what the user hears. */
export class KeeperRig {
  readonly keeper: KeeperState = newKeeper();

  tell<K extends keyof KeeperEvents>(event: K, about: KeeperEvents[K]): (KeeperEffect | string)[] {
    const effects: (KeeperEffect | string)[] = [];
    const emit = (effect: KeeperEffect): void => void effects.push(effect);
    const code = tellKeeper(this.keeper, { word: null, isUser: () => true, emit }, event, about);
    if (code !== 0) effects.push(code);
    return effects;
  }

  /** Its wish has its user's number. */
  lock(user: number, noQueue = false): (KeeperEffect | string)[] {
    return this.tell('lock', { wish: user, user, noQueue });
  }

  unlock(user: number, gen = 0): (KeeperEffect | string)[] {
    return this.tell('unlock', { user, gen });
  }

  grant(gen: number, { condition = 0, recall = false } = {}): (KeeperEffect | string)[] {
    return this.tell('granted', { reqId: this.keeper.asked?.reqId ?? 0, gen, condition, recall });
  }
}

/** A keeper in a state of pager.md §2.3, got there by what gets one there: by the grant 5, with user 1 as the owner. */
export function keeperIn(
  status: KeeperState['status'],
  { condition = 0, queue = [] }: { condition?: number; queue?: readonly number[] } = {},
): KeeperRig {
  const rig = new KeeperRig();
  if (status === 'none') return rig;
  if (status === 'retained') {
    rig.lock(1);
    rig.tell('withdraw', { wish: 1 });
    rig.grant(5, { condition });
    return rig;
  }
  rig.lock(1);
  if (status !== 'requested') rig.grant(5, { condition, recall: status === 'yielding' });
  for (const user of queue) rig.lock(user);
  return rig;
}

/** One master with keepers 1, 2, 3. Each call answers what it had done. */
export class MasterRig {
  readonly master: MasterState = newMaster();
  readonly #recallsAtOnce: boolean;
  #gen = 0;

  constructor(recallsAtOnce = false) {
    this.#recallsAtOnce = recallsAtOnce;
  }

  tell<K extends keyof MasterEvents>(event: K, about: MasterEvents[K]): MasterEffect[] {
    const effects: MasterEffect[] = [];
    const emit = (effect: MasterEffect): void => void effects.push(effect);
    const host = { nextGen: () => (this.#gen += 1), recallsAtOnce: this.#recallsAtOnce, emit };
    tellMaster(this.master, host, event, about);
    return effects;
  }

  /** Its request has the number ten times its own. */
  lock(keeper: number, noQueue = false): MasterEffect[] {
    return this.tell('lock', { keeper, reqId: keeper * 10, noQueue });
  }

  release(keeper: number, gen: number, condition = 0): MasterEffect[] {
    return this.tell('released', { keeper, gen, condition });
  }
}

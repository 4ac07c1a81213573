import { NO_ACTION } from '../explorer/explore.ts';
import type { Draft } from './draft.ts';
import type { Told } from './keepers.ts';
import type { UserState } from './parts.ts';
import type { Offer, World } from './system.ts';
import { spent, tell } from './turns.ts';
import { actionOf } from './words.ts';

/** What a user can have its broker hear of one lock, and what else can happen to it. */
export function stepsOfUser(world: World, seen: Draft, broker: number, lock: number, user: number, offer: Offer): void {
  const { bounds } = world;
  const state = seen.seeSide(broker).users[lock]?.[user - 1];
  if (state === undefined || state.is === 'gone') return;
  const { is, left, gen, at, asks } = state;
  const isHere = at === 'nowhere';
  const budget = seen.seeBook().left;
  const action = actionOf(bounds, { broker, lock, user });
  const say = (what: string, told: Told, as = NO_ACTION, draft: () => Draft = () => seen): void => {
    const name = (after: Draft): string => `broker ${broker}: user ${user} ${what} lock ${lock}${after.told}`;
    offer(name, as, () => tell(world, draft(), broker, lock, told, `${what} ${user} ${gen}`));
  };
  if (is === 'idle' && left !== 0 && isHere) {
    say('locks', { event: 'lock', about: { wish: user, user, noQueue: false } });
    if (bounds.tries) say('tries', { event: 'lock', about: { wish: user, user, noQueue: true } });
  } else if (is === 'waits') {
    if (budget.cancels > 0) {
      say('waits no longer for', { event: 'withdraw', about: { wish: user } }, NO_ACTION, () => spent(seen, 'cancels'));
    }
  } else if (is === 'owns' && (isHere || at === 'calls')) {
    say('unlocks', { event: 'unlock', about: { user, gen } }, action);
    if (state.died && isHere) say('puts right', { event: 'repair', about: { user, gen } });
  }
  if (at === 'doubts') say('unlocks whatever it has of', { event: 'unlock', about: { user, gen: 0 } }, action);
  const wish = { event: 'lock', about: { wish: user, user, noQueue: false } } as const;
  if (asks > 0 && (is === 'idle' || is === 'owns')) {
    say('has asked besides for', wish, NO_ACTION, () => changed(seen, broker, lock, user, arrive));
  }
  if (isHere && (is === 'idle' || is === 'owns')) change('asks besides for', 'asks', (own) => (own.asks += 1));
  if (!state.isMoved && state.known !== 'none')
    change('maps elsewhere what has', 'remaps', (own) => (own.isMoved = true));
  if (budget.userDeaths > 0) {
    say('dies or unmaps', { event: 'leave', about: { user } }, NO_ACTION, () => spent(seen, 'userDeaths'));
  }

  function change(what: string, of: 'asks' | 'remaps', make: (own: UserState) => unknown): void {
    if (budget[of] === 0) return;
    const name = (): string => `broker ${broker}: user ${user} ${what} lock ${lock}`;
    offer(name, NO_ACTION, () => [changed(spent(seen, of), broker, lock, user, make)]);
  }
}

/** Its turn is over only once. */
function arrive(state: UserState): void {
  state.asks -= 1;
  if (state.is === 'idle' && state.left >= 0) state.left += 1;
}

function changed(
  seen: Draft,
  broker: number,
  lock: number,
  user: number,
  change: (state: UserState) => unknown,
): Draft {
  const draft = seen.copy();
  draft.changeSide(broker, (side) => {
    const state = side.users[lock]?.[user - 1];
    if (state !== undefined) change(state);
  });
  return draft;
}

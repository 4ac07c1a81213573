import { FREE, ownedBy, slow } from '../../src/lock/index.ts';
import { must } from '../explorer/rules.ts';
import type { TaskFaults } from './bounds.ts';
import type { Side, UserState } from './parts.ts';
import { begin, type Happened, rest, type TaskStep } from './tasks.ts';

/** A word as its task sees it, and who that is. */
type Seen = { side: Side; lock: number; user: number; state: UserState; gen: number; faults: Partial<TaskFaults> };

/** What tasks can do by the word, one load or compare-exchange each (`FutexWord` in src/task/memory). `gen`: stands behind the word. */
export function stepsOfTasks(side: Side, lock: number, gen: number, faults: Partial<TaskFaults> = {}): TaskStep[] {
  if (!side.alive) return [];
  return (side.users[lock] ?? []).flatMap((state, index) => {
    const user = index + 1;
    const seen = { side, lock, user, state, gen, faults };
    // Nothing is sure of one that may be dead.
    const sure = state.is === 'gone' ? null : user;
    const step = (what: string, take: () => Happened[], unlocks: number | null = sure): TaskStep => {
      return { name: `user ${user} ${what} the word of lock ${lock}`, unlocks, take };
    };
    switch (state.at) {
      case 'nowhere':
        return beginnings(seen, step);
      case 'took':
        return [step('looks at its mappings after it took', () => lookAtVersion(seen))];
      case 'fresh':
        return [step('looks at the generation after it took', () => lookAtGen(seen))];
      case 'undoes':
        return [step('gives back what it may not have of', () => undo(seen))];
      case 'gives':
        return [step('gives back', () => give(seen))];
      case 'doubts':
      case 'calls':
        return [];
    }
  });
}

function beginnings(
  seen: Seen,
  step: (what: string, take: () => Happened[], unlocks?: number | null) => TaskStep,
): TaskStep[] {
  const { side, lock, state, gen, faults } = seen;
  const { is, left, known, old } = state;
  const steps: TaskStep[] = [];
  if ((state.asks > 0 || is === 'waits') && faults.crossesCalls !== true) return steps;
  const wants = (is === 'idle' && left !== 0) || (is === 'gone' && side.late > 0);
  if (wants && known !== 'none' && side.words[lock] === FREE) steps.push(step('takes', () => take(seen), null));
  const isIts = is === 'owns' && (state.gen === gen || faults.givesAnyGen === true);
  if (isIts) steps.push(step('looks at the generation before it gives back', () => lookToGive(seen, false)));
  if (old !== 'none' && is !== 'gone' && (old === 'present' || faults.givesAnyGen === true)) {
    steps.push(step('looks at the generation before it gives back what it lost of', () => lookToGive(seen, true)));
  }
  return steps;
}

/** Who has the memory mapped no longer finds that out in the next step: then it gives the word back, or dies before that. */
function take({ side, lock, user, state, gen }: Seen): Happened[] {
  side.words[lock] = ownedBy(user);
  state.at = 'took';
  state.gen = gen;
  if (state.is === 'gone') {
    side.late -= 1;
    return [{ what: 'leaves', gen, died: false }];
  }
  begin(state, 'owns');
  return [{ what: 'granted', gen, ownerDied: false }];
}

function lookAtVersion({ state, faults }: Seen): Happened[] {
  const isFresh = (state.is !== 'gone' && !state.isMoved) || faults.ignoresVersion === true;
  state.at = isFresh ? 'fresh' : 'undoes';
  return [];
}

function lookAtGen({ state, gen, faults }: Seen): Happened[] {
  if (state.known !== 'present' && faults.takesAnyGen !== true) {
    state.at = 'undoes';
    return [];
  }
  must(
    'who has left takes nothing',
    state.is !== 'gone' || state.gen === 0,
    () => 'a task that has it mapped no longer',
  );
  must('a guard has the grant of its hold', state.known === 'present', () => 'a task that knows only an older one');
  if (state.isLost) state.old = 'present';
  leave(state, gen);
  return [];
}

function undo(seen: Seen): Happened[] {
  const { side, lock, user, state, gen, faults } = seen;
  if (side.words[lock] === ownedBy(user)) return giveBack(seen, true);
  if (state.is === 'gone') {
    // Its unlock names nothing that it has mapped.
    Object.assign(state, { at: 'nowhere', gen: 0 });
  } else if (faults.trustsUndo === true) {
    if (!state.isLost) again(state);
    leave(state, gen);
  } else state.at = 'doubts';
  return [];
}

function lookToGive({ state }: Seen, isLost: boolean): Happened[] {
  state.at = 'gives';
  state.isLost = isLost;
  return [];
}

/** If it fails, a call does it, which is refused of a hold that was lost. */
function give(seen: Seen): Happened[] {
  const { side, lock, user, state, gen, faults } = seen;
  const word = side.words[lock];
  if (state.isLost) state.old = 'none';
  const isGiven = word === ownedBy(user) || (faults.ignoresSlow === true && word === slow(ownedBy(user)));
  if (isGiven) return giveBack(seen, false);
  const goesByCall = !state.isLost && state.is === 'owns';
  leave(state, gen);
  if (goesByCall) state.at = 'calls';
  return [];
}

function giveBack({ side, lock, state, gen }: Seen, isUndone: boolean): Happened[] {
  side.words[lock] = FREE;
  const { is, isLost, gen: given } = state;
  if (is === 'gone') {
    Object.assign(state, { at: 'nowhere', gen: 0 });
    // Nobody has seen it: the lock was clean when it was lent out, and is.
    return [{ what: 'repairs', gen, died: false }];
  }
  if (!isLost && isUndone) again(state);
  else if (!isLost) rest(state);
  leave(state, gen);
  return isLost ? [] : [{ what: 'unlocks', gen: given, died: false }];
}

/** It does not have it, and wants it as before. */
export function again(state: UserState): void {
  rest(state);
  if (state.left >= 0) state.left += 1;
}

/** From here on it hears again what its broker has answered meanwhile. */
export function leave(state: UserState, gen: number): void {
  state.at = 'nowhere';
  if (state.isLost && state.is === 'owns') state.known = state.gen === gen ? 'present' : 'past';
  state.isLost = false;
}

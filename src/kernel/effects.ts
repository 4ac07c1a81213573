import type { Space } from './records.ts';
import type { State } from './state.ts';
import type { TaskEffect } from './types.ts';

/** Nothing is ever told to a task that is gone. */
export function emit(state: State, space: Space, effect: TaskEffect): void {
  if (!space.dead) state.effects.push(effect);
}

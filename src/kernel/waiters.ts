import type { ErrorCode } from '../errors.ts';
import { emit } from './effects.ts';
import type { Fifo } from './fifo.ts';
import type { Waiter } from './records.ts';
import type { State } from './state.ts';

/** Ends all receives that wait here, with one code (mach.md §8). */
export function endReceives(state: State, waiting: Fifo<Waiter>, code: ErrorCode): void {
  for (let waiter = waiting.shift(); waiter !== undefined; waiter = waiting.shift()) {
    const { space, receiveId } = waiter;
    space.receives.delete(receiveId);
    emit(state, space, { type: 'received', task: space.id, receiveId, code });
  }
}

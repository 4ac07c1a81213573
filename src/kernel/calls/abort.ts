import { emit } from '../effects.ts';
import { findReceive } from '../lookup.ts';
import type { Space } from '../records.ts';
import type { State } from '../state.ts';
import type { Name, Result } from '../types.ts';

/**
 * Asks whoever holds the reply right with this tag to give up. The wish stays with the right: the task that has it is told now,
 * and whoever gets it in a message later finds `aborted` there. An unknown tag is a call that is already over.
 */
export function abort(state: State, space: Space, { replyPort, tag }: { replyPort: Name; tag: number }): Result {
  const found = findReceive(space, replyPort);
  if ('code' in found) return found;
  const once = found.entry.port.tagged?.get(tag);
  if (once === undefined) return { code: 0 };
  once.aborted = true;
  const { entry } = once;
  if (entry !== null) emit(state, entry.space, { type: 'aborted', task: entry.space.id, reply: entry.name });
  return { code: 0 };
}

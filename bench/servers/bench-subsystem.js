import { defineSubsystem, routine, simpleroutine } from '../support/easync.js';

export const Bench = defineSubsystem('bench', {
  /** @type {import('../support/easync.js').Routine<{ op: string; a: number; b: number; name: string }, { sum: number; name: string }>} */
  add: routine(),
  /** @type {import('../support/easync.js').SimpleRoutine<{ op: string; a: number; b: number; name: string }>} */
  post: simpleroutine(),
  /** @type {import('../support/easync.js').Routine<void, number>} */
  posted: routine(),
  /** @type {import('../support/easync.js').Routine<{ data: Uint8Array }, Uint8Array>} */
  echo: routine(),
  /** @type {import('../support/easync.js').Routine<{ data: Uint8Array }, Uint8Array>} */
  moved: routine(),
  /** @type {import('../support/easync.js').Routine<void, number>} */
  pid: routine(),
});

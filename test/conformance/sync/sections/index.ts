import { localModel, model } from './2-1-model.ts';
import { interlock } from './2-2-interlock.ts';
import { precedence, results } from './2-3-results.ts';
import { delayed, localDelayed, variants } from './2-4-variants.ts';
import { lockedSleeps, races } from './2-5-locks.ts';
import { localCritical } from './2-7-critical.ts';
import { cancel, downgrade, exclusive, release, shared, upgrades } from './3-2-transitions.ts';
import { errors, timed } from './3-3-errors.ts';
import { localSuccession, status, succession } from './3-4-succession.ts';

/** What holds of every ident. */
export const SLEEP = [model, interlock, results, variants, delayed, lockedSleeps, races];
/** Of idents of one thread: what is known in the very turn. */
export const LOCAL_SLEEP = [localModel, precedence, localDelayed, localCritical];
/** What holds of every lock. */
export const LOCKS = [shared, exclusive, upgrades, downgrade, release, cancel, errors, succession, status];
/** Those of them that depend on who waits for what, and how that ends: held for locks of other tasks, too. */
export const DISTANT_LOCKS = [upgrades, cancel, errors, succession];
/** Of a lock of one thread. */
export const LOCAL_LOCKS = [timed, localSuccession];

import { conform } from './rules.ts';
import { BY_CALLS } from './sections/index.ts';

// Where a broker has no words to share with its tasks, every lock is a call.
conform('without koffi', BY_CALLS, { isAlone: true });

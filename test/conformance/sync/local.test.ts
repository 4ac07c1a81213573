import { LOCAL_LOCKS as LOCKS_OF_ONE_THREAD, LockStage } from './lock-stage.ts';
import { conform } from './rules.ts';
import { LOCAL_LOCKS, LOCAL_SLEEP, LOCKS, SLEEP } from './sections/index.ts';
import { LOCAL, SleepStage } from './sleep-stage.ts';

conform('of one thread', () => new SleepStage(LOCAL), [...SLEEP, ...LOCAL_SLEEP]);
conform('of one thread', () => new LockStage(LOCKS_OF_ONE_THREAD), [...LOCKS, ...LOCAL_LOCKS]);

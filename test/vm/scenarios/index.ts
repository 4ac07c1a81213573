import './cache.ts';
import './copies.ts';
import './endings.ts';
import './failures.ts';
import './futexes.ts';
import './sleepers.ts';
import './sleeps.ts';
import './locks.ts';
import './map.ts';
import './pages.ts';
import './requests.ts';
import './supply.ts';

export { SCENARIOS } from './scenario.ts';

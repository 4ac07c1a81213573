import { conform } from './rules.ts';
import { ProcessWorld } from './process-world.ts';
import { SECTIONS } from './sections/index.ts';

// The same rules, through processes and a broker.
conform(() => ProcessWorld.start(), SECTIONS);

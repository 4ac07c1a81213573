import { conform } from './rules.ts';
import { THEMES } from './sections/index.ts';

// What the seed, gsync, robust futexes and the DLM say of futexes (pager.md §2), through the public calls alone.
conform('with koffi', THEMES);

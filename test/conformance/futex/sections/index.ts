import { seed } from './1-seed.ts';
import { keeper } from './2-keeper.ts';

/** pager.md §2, theme by theme. */
export const THEMES = [seed, keeper];

import { seed } from './1-seed.ts';

/** pager.md §2, theme by theme. */
export const THEMES = [seed];

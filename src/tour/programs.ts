/** What the processes of `easync tour --futex` run. */
export const PAGER = new URL('../tour/futex/pager.js', import.meta.url);
export const WORKER = new URL('../tour/futex/worker.js', import.meta.url);

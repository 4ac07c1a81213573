import { fileURLToPath } from 'node:url';

/** The programs that processes and threads of easync run. */
export function entryOf(program: 'broker' | 'driver' | 'thread'): string {
  return fileURLToPath(new URL(`../main/${program}.js`, import.meta.url));
}

/** The `easync` command. */
export const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** The driver module that the process of a named group runs. */
export const GROUP_MODULE = new URL('../main/group.js', import.meta.url).href;

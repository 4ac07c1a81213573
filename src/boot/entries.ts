import { fileURLToPath } from 'node:url';

/** The programs that processes and threads of easync run. */
export function entryOf(program: 'broker' | 'driver' | 'thread'): string {
  return fileURLToPath(new URL(`../main/${program}.js`, import.meta.url));
}

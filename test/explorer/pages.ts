import type { Host, HostPage } from './parts.ts';

export function pageOf(host: Readonly<Host>, page: number): HostPage {
  const found = host.pages[page];
  if (found === undefined) throw new Error(`there is no page ${page}`);
  return found;
}

/** Some task is in the middle of an access that the word forbids. */
export function isInUse({ pin, word }: HostPage): boolean {
  return (pin & ~word) !== 0;
}

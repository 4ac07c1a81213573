import { createRequire } from 'node:module';

export type Koffi = typeof import('koffi');

export type Native =
  | { readonly koffi: Koffi; readonly reason?: never }
  | { readonly koffi?: never; readonly reason: string };

let loaded: Native | undefined;

/**
 * The foreign function interface, loaded at the first question. It is optional: without it, or with `EASYNC_NATIVE=0`,
 * the answer says why there is none.
 */
export function native(): Native {
  return (loaded ??= load());
}

function load(): Native {
  if (process.env['EASYNC_NATIVE'] === '0') return { reason: 'switched off by EASYNC_NATIVE=0' };
  try {
    const require = createRequire(import.meta.url);
    return { koffi: require('koffi') as Koffi };
  } catch (error) {
    return { reason: `koffi does not load: ${error instanceof Error ? error.message : String(error)}` };
  }
}

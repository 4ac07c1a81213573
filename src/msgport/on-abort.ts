/**
 * Runs `fn` when the signal is aborted, once, unless it is disposed of before. However many wait by one signal, it has one listener: of more
 * than ten Node warns, as of a leak.
 */
export function onAbort(signal: AbortSignal | undefined, fn: () => void): Disposable {
  if (signal === undefined) return NOTHING;
  const all = ALL.get(signal) ?? listen(signal);
  // One for each call of this, also of the same function.
  const run = (): void => fn();
  all.fns.add(run);
  return {
    [Symbol.dispose](): void {
      if (!all.fns.delete(run) || all.fns.size > 0) return;
      ALL.delete(signal);
      signal.removeEventListener('abort', all.listener);
    },
  };
}

function listen(signal: AbortSignal): Listening {
  const fns = new Set<() => void>();
  const listener = (): void => {
    ALL.delete(signal);
    for (const fn of fns) {
      fns.delete(fn);
      run(fn);
    }
  };
  // What is no signal throws, and is not known to be one after that.
  signal.addEventListener('abort', listener, { once: true });
  ALL.set(signal, { fns, listener });
  return { fns, listener };
}

/** What one throws is not for the others, as among listeners of a signal. */
function run(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

type Listening = { readonly fns: Set<() => void>; readonly listener: () => void };

const ALL = new WeakMap<AbortSignal, Listening>();
const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };

/** 128 + SIGINT, as shells have it. */
export const EXIT_INTERRUPTED = 130;

/**
 * The first Ctrl-C ends the tour in order, a second one at once. The listener stays while the tour runs: execa's own would
 * end the process if it found itself alone.
 */
export function onInterrupt(): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  return { signal: controller.signal, [Symbol.dispose]: () => void process.off('SIGINT', interrupt) };
}

/** What is being done, unless the signal comes first. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

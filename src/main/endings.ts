/** An uncaught error ends the process, said in one place, on the output that its opener labels with the driver's name. */
export function endOnUncaught(): void {
  process.on('uncaughtException', (error, origin) => {
    const kind = origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught error';
    process.stderr.write(`${kind}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`, () =>
      process.exit(1),
    );
  });
}

export function warnOnStderr(text: string): void {
  process.stderr.write(`warning: ${text}\n`);
}

/**
 * What a terminal sends on Ctrl-C or when it is closed reaches every process that was started from it. Those that others
 * have started leave it to them to end in good order, and are told, or lose their link.
 */
export function leaveEndToParent(): void {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
}

/**
 * Runs a callback of the user's from inside the runtime. What it throws is an uncaught error of the program, as in any event
 * handler; it must not look like a fault of the link whose frame happened to be handled.
 */
export function runUserCode(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

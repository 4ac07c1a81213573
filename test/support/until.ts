/** Waits for a condition that something already under way brings about. The test's time limit is the bound. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const asked = new Error('waits still');
  waiting.add(asked);
  try {
    while (!(await condition())) await turn();
  } finally {
    waiting.delete(asked);
  }
}

/** Where conditions are still waited for: of a test that is over, by nobody, and it would go on for ever. */
export const waiting = new Set<Error>();

/** Answers false if the condition does not come true in `ms`: for asserting at the end that nothing is left. */
export async function within(ms: number, condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const giveUp = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > giveUp) return false;
    await turn();
  }
  return true;
}

/** Not at once again: what is waited for needs the processor more than the look does. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** What the machine has to do, by name: run as they are, and once more on a machine that is broken where it matters. */
export const SCENARIOS = new Map<string, () => void>();

export function scenario(name: string, body: () => void): void {
  if (SCENARIOS.has(name)) throw new Error(`there are two scenarios '${name}'`);
  SCENARIOS.set(name, body);
}

/** The same for each row, whose first entry stands for `%s`. */
export function scenarioFor<Row extends readonly [string, ...unknown[]]>(
  rows: readonly Row[],
  name: string,
  body: (...row: Row) => void,
): void {
  for (const row of rows) scenario(name.replace('%s', row[0]), () => body(...row));
}

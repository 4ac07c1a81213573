/** The numbers as runs of neighbours, `most` in one at most. */
export function runsOf(numbers, most) {
  const runs = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && number === run[0] + run.length && run.length < most) run.push(number);
    else runs.push([number]);
  }
  return runs;
}

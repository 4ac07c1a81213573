/** Milliseconds as node:fs takes times. It would take a number below 0 for the present, but not a Date. */
export function hostTime(ms: number): number | Date {
  return ms < 0 ? new Date(ms) : ms / 1000;
}

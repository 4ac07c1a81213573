/** Whether the promise has settled once everything that can go on has. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settles = (): void => void (settled = true);
  promise.then(settles, settles);
  await quiet();
  return settled;
}

/** Every promise job has run. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

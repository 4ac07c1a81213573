import { expect } from 'vitest';

/** What the call rejects with. A call that throws instead of rejecting fails the test, as one that succeeds does. */
export async function rejection(call: unknown): Promise<Error & Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  return expect.unreachable('the call succeeded');
}

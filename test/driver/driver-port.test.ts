import { expect, test } from 'vitest';
import { DriverPort, type Handler } from '../../src/driver/driver-port.ts';
import { doMsg, ReplyPort, sendMsg } from '../../src/msgport/index.ts';
import { Call } from '../../src/task/index.ts';
import { until } from '../support/until.ts';

const THROWS = new ReplyPort(() => {
  throw new Error('the reply port fails');
});

// A reply port belongs to whoever sent the call. What it throws is his uncaught error, and nobody else's loss.
test('a serial driver goes on after a reply that throws, whether it was given late or on the spot', async () => {
  using uncaught = new Uncaught();
  const handlers = new Map<number, Handler>([
    [1, () => Promise.resolve('late')],
    [2, () => Promise.reject(new Error('late failure'))],
    [3, () => 'on the spot'],
  ]);
  const port = new DriverPort(handlers, { serial: true, onOneWayError: () => expect.unreachable() });
  for (const id of [1, 2, 3, 3]) sendMsg(port, new Call(id, undefined, THROWS));
  const last = new Call(3, undefined);
  expect(await doMsg(port, last)).toBe(0);
  expect(last.result).toBe('on the spot');
  await until(() => uncaught.texts.length >= 4);
  expect(uncaught.texts).toEqual(Array.from({ length: 4 }, () => 'Error: the reply port fails'));
});

/** Takes the place of the test runner's listeners for errors that nobody catches. */
class Uncaught implements Disposable {
  readonly texts: string[] = [];
  readonly #undo: (() => void)[];

  constructor() {
    this.#undo = (['uncaughtException', 'unhandledRejection'] as const).map((event) => {
      const others = process.listeners(event as 'uncaughtException');
      const note = (error: unknown): void => void this.texts.push(String(error));
      process.removeAllListeners(event).on(event, note);
      return () => {
        process.off(event, note);
        for (const other of others) process.on(event, other);
      };
    });
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo) undo();
  }
}

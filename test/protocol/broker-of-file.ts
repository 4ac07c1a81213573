import { boot, type System } from 'easync';
import { afterAll } from 'vitest';
import { SharedBroker } from '../support/shared-broker.ts';

/** A broker for all tests of the file that calls this, and a system of easync at it. */
export async function brokerOfFile(): Promise<{ broker: SharedBroker; sys: System }> {
  const broker = await SharedBroker.start();
  const sys = await boot({ socket: broker.socket });
  afterAll(async () => {
    await sys.dispose();
    await broker[Symbol.asyncDispose]();
  });
  return { broker, sys };
}

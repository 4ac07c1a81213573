import { startSharedBroker } from '../broker/shared.ts';
import { entryOf } from '../boot/entries.ts';
import { defaultSocket } from '../broker/runtime-directory.ts';
import { limitsOf } from './limits.ts';
import type { CommandOptions } from './main.ts';

/** Runs a broker in this process until it is told to stop. */
export async function runBroker(options: CommandOptions): Promise<number> {
  const socket = options.socket ?? defaultSocket();
  // Asked for before there is a socket that a signal could leave behind.
  const told = new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
  });
  const broker = await startSharedBroker(socket, entryOf('driver'), limitsOf(options.limit));
  if (options.json) process.stdout.write(`${JSON.stringify({ pid: process.pid, socket })}\n`);
  else process.stdout.write(`broker ${process.pid} listens at ${socket}\n`);
  const signal = await told;
  await broker.stop();
  return signal === 'SIGINT' ? 130 : 0;
}

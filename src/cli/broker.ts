import { startSharedBroker } from '../broker/shared.ts';
import { entryOf } from '../boot/entries.ts';
import { brokerSocket } from '../broker/runtime-directory.ts';
import { limitsOf } from './limits.ts';
import type { CommandOptions } from './main.ts';

/** Runs a broker in this process until it is told to stop, or nobody needs it any more if that was asked for. */
export async function runBroker(options: CommandOptions): Promise<number> {
  const socket =
    options.name === undefined && options.socket !== undefined ? options.socket : brokerSocket(options.name);
  // Asked for before there is a socket that a signal could leave behind.
  const told = new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
  });
  // Whoever started it may have gone. A broker does not end because there is nobody left to read what it prints.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const broker = await startSharedBroker(socket, entryOf('driver'), {
    limits: limitsOf(options.limit),
    endsWhenIdle: options['until-idle'],
  });
  if (options.json) process.stdout.write(`${JSON.stringify({ pid: process.pid, socket })}\n`);
  else process.stdout.write(`broker ${process.pid} listens at ${socket}\n`);
  const signal = await Promise.race([told, broker.stopped]);
  await broker.stop();
  return signal === 'SIGINT' ? 130 : 0;
}

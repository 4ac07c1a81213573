import { PING_ID } from '../driver/index.ts';
import { doMsg } from '../msgport/index.ts';
import { Call, failureOf } from '../task/index.ts';
import { attach } from './attach.ts';
import type { CommandOptions } from './main.ts';

const ROUNDS = 5;

/** Sends the message that every driver answers, so that health is measured on the way that real calls take. */
export async function ping(options: CommandOptions, [name = '']: string[]): Promise<number> {
  await using sys = await attach(options);
  const { port } = await sys.names.lookUp({ name });
  using _port = port;
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const call = new Call(PING_ID, undefined);
    const start = performance.now();
    const code = await doMsg(port, call);
    if (code !== 0) throw failureOf(call, code, name);
    times.push((performance.now() - start) * 1000);
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ name, us: times })}\n`);
  else process.stdout.write(`${name} answers: ${times.map((us) => `${us.toFixed(0)} µs`).join(', ')}\n`);
  return 0;
}

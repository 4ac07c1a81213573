import { boot, move } from '../support/easync.js';
import { check, request } from '../support/inputs.js';
import { serverFile } from '../support/peer.js';
import { Bench } from '../servers/bench-subsystem.js';

/** @type {import('./contender.js').Start} */
export async function start() {
  const system = await boot({ check: false });
  const driver = await system.open(Bench, serverFile('easync-driver'), { place: 'process' });
  const broker = await system.host?.ps();
  return {
    others: [Number(broker?.pid), await driver.pid()],
    async call(i) {
      check(i, await driver.add(request(i)));
    },
    post: (i) => driver.post(request(i)),
    posted: async () => driver.posted(),
    echo: async (bytes) => driver.echo({ data: bytes }),
    moved: async (bytes) => driver.moved({ data: move(bytes) }),
    async close() {
      driver[Symbol.dispose]();
      await system.dispose();
    },
  };
}

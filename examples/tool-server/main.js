// Clients in processes of their own share one tool server, which starts when it is asked for and ends when the last client
// has gone, whether that left or was killed. Who comes at that very moment gets a server that lives.
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { boot, copy } from 'easync';
import { serveLauncher } from './launcher.js';
import { Client } from './subsystems.js';

const sys = await boot({ onOutput: () => {} }); // that a client was killed is no news
const launcher = serveLauncher(sys).right();
const { pid: broker } = await sys.host.ps();

/** The processes that this example has started, as the system sees them. */
function running() {
  return readFileSync(`/proc/${broker}/task/${broker}/children`, 'utf8').split(' ').filter(Boolean);
}

async function become(count, why) {
  while (running().length !== count) await turn();
  console.log(`${why}: ${count} processes`);
}

function start() {
  return sys.open(Client, new URL('./client.js', import.meta.url), { place: 'process' });
}

async function work(stub) {
  return { stub, ...(await stub.work({ launcher: copy(launcher) })) };
}

function goes({ stub, client }) {
  if (Math.random() < 0.5) process.kill(client, 'SIGKILL');
  stub[Symbol.dispose]();
}

try {
  await become(0, 'before anybody asks');
  const clients = await Promise.all([start(), start(), start()].map(async (stub) => work(await stub)));
  const servers = new Set(clients.map(({ server }) => server));
  await become(4, `3 clients of ${servers.size} server`);
  while (clients.length > 1) {
    goes(clients.pop());
    await become(clients.length + 1, 'one has left, or was killed');
  }
  for (let race = 0; race < 3; race += 1) {
    const next = work(await start());
    goes(clients.pop());
    clients.push(await next);
    await become(2, 'the last one went as another came');
  }
  goes(clients.pop());
  await become(0, 'nobody is left');
} finally {
  await sys.dispose();
}

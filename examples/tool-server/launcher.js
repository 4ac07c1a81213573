import { move } from 'easync';
import { Door, Launcher, Server } from './subsystems.js';

/** Starts the server on demand, and knows its door. A right to the door keeps nobody alive: who enters may find it shut. */
export function serveLauncher(sys) {
  let server;
  async function find() {
    const asked = (server ??= start(sys));
    let door;
    try {
      door = await asked;
      return { tool: move((await door.enter()).tool) };
    } catch (error) {
      if (server === asked) server = undefined;
      door?.[Symbol.dispose]();
      // It ended before we came, or while we knocked: the next one is ours.
      if (['MACH_SEND_INVALID_DEST', 'ESERVERDIED'].includes(error.code)) return find();
      throw error;
    }
  }
  return sys.serve(Launcher, { find });
}

async function start(sys) {
  const server = await sys.open(Server, new URL('./server.js', import.meta.url), { place: 'process' });
  const { door } = await server.door();
  server[Symbol.dispose]();
  return sys.bind(Door, door);
}

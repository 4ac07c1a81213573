import { linkSync, lstatSync, readdirSync, renameSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { IpcError } from '../errors.ts';
import type { Host, Listener } from '../host/host.ts';
import type { Link } from '../link/link.ts';

/**
 * Listens at `socket`, of all the brokers that try as the only one, even where a killed one has left its socket behind.
 *
 * Each listens under a name of its own first, then looks at the other candidates' names. Of two that are alive at least one
 * sees the other; whoever sees nobody alive has won, and puts its socket in the place of whatever lies there. Two that see
 * each other settle it by name. Names are never used twice, so a dead one can be cleared away without a race, and a
 * winner's stays for as long as it lives.
 *
 * @throws IpcError EBROKERRUNS, ESOCKETPATH
 */
export async function claimSocket(host: Host, socket: string, onLink: (link: Link) => void): Promise<Listener> {
  mustNotHide(socket);
  const own = `${socket}.${Buffer.from(host.random(OWN_NAME_BYTES)).toString('hex')}`;
  const listener = await host.listen(`${own}~`, onLink);
  // It has its name only now that it listens: others take who does not answer for dead, and clear its name away.
  renameSync(`${own}~`, own);
  const { ino } = lstatSync(own);
  try {
    await win(host, socket, own);
    // A link to our socket, then moved over the old name: nobody ever finds that name missing or half made.
    linkSync(own, `${own}~`);
    renameSync(`${own}~`, socket);
  } catch (error) {
    forget(own);
    await listener.close();
    throw error;
  }
  return {
    close() {
      // Somebody may have cleared the directory, and another broker have made it anew.
      if (lstatSync(socket, { throwIfNoEntry: false })?.ino === ino) forget(socket);
      forget(own);
      return listener.close();
    },
  };
}

/** What is in the way must be a socket that some broker has left: nothing else is ours to replace. */
function mustNotHide(socket: string): void {
  const found = lstatSync(socket, { throwIfNoEntry: false });
  if (found === undefined || found.isSocket()) return;
  throw new IpcError('ESOCKETPATH', `${socket} is there already and is no socket; choose another path`, {
    object: socket,
  });
}

async function win(host: Host, socket: string, own: string): Promise<void> {
  const giveUpAt = host.now() + LONGEST_START_MS;
  for (;;) {
    const alive = await othersAlive(host, socket, own);
    if (alive.length === 0) return;
    if (alive.some((other) => other < own) || (await answers(host, socket)) || host.now() > giveUpAt)
      throw runs(socket);
    await new Promise<void>((resolve) => host.timer(LOOK_AGAIN_MS, resolve));
  }
}

/** The other candidates that live, the winner among them. Those of killed brokers are cleared away. */
async function othersAlive(host: Host, socket: string, own: string): Promise<string[]> {
  const directory = dirname(socket);
  const prefix = `${basename(socket)}.`;
  const others = readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && OWN_NAME.test(name.slice(prefix.length)))
    .map((name) => join(directory, name))
    .filter((path) => path !== own);
  const alive: string[] = [];
  for (const path of others) {
    if (await answers(host, path)) alive.push(path);
    else forget(path);
  }
  return alive;
}

async function answers(host: Host, path: string): Promise<boolean> {
  try {
    (await host.connect(path)).destroy();
    return true;
  } catch (error) {
    if (IpcError.is(error) && error.code === 'ENOBROKER') return false;
    throw error;
  }
}

/** Somebody else may have found it dead as well. */
function forget(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

function runs(socket: string): IpcError {
  return new IpcError(
    'EBROKERRUNS',
    `a broker listens at ${socket} already; stop it, or choose another --name or --socket`,
    {
      op: 'listen',
      object: socket,
    },
  );
}

/** Every byte is one less for the path of the socket itself. */
const OWN_NAME_BYTES = 4;
const OWN_NAME = /^[0-9a-f]{8}$/;
const LOOK_AGAIN_MS = 5;
const LONGEST_START_MS = 10_000;

import { linkSync, renameSync, unlinkSync } from 'node:fs';
import { IpcError } from '../errors.ts';
import type { Host, Listener } from '../host/host.ts';
import { realHost } from '../host/real.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { peerCredentialsWork } from '../os/peer-credentials.ts';
import { Broker } from './broker.ts';
import { securedDirectory } from './runtime-directory.ts';
import { startServices } from './services.ts';

export type SharedBroker = { stop(): Promise<void> };

/**
 * A broker that any process of this user may attach to, by its socket.
 *
 * @throws IpcError EBROKERRUNS, ESOCKETPATH, ERUNTIMEDIR
 */
export async function startSharedBroker(socket: string, driverEntry: string): Promise<SharedBroker> {
  securedDirectory(socket);
  const host = realHost();
  const broker = new Broker(host, DEFAULT_LIMITS);
  const peerCredentials = peerCredentialsWork();
  const grants = await startServices(broker, {
    driverEntry,
    bootstrapModule: new URL('../../servers/bootstrap/index.js', import.meta.url).href,
    socket,
    peerCredentials,
    warn: (text) => process.stderr.write(`warning: ${text}\n`),
  });
  const listener = await claimSocket(host, socket, (link) => {
    if (link.peer !== undefined && link.peer.uid !== process.getuid?.()) return link.destroy();
    return broker.accept(link, grants);
  });
  return {
    async stop() {
      broker.close();
      await listener.close();
    },
  };
}

/**
 * Listens under a name of its own, then links that to the real one: a link is made for exactly one of several brokers that
 * start at once, and never points to a socket nobody listens on yet.
 */
async function claimSocket(host: Host, socket: string, onLink: Parameters<Host['listen']>[1]): Promise<Listener> {
  const own = `${socket}.${process.pid}`;
  const listener = await host.listen(own, onLink);
  try {
    while (!tryLink(own, socket)) await removeStale(host, socket, `${own}.old`);
  } catch (error) {
    await listener.close();
    throw error;
  } finally {
    unlinkSync(own);
  }
  return {
    async close() {
      unlinkSync(socket);
      await listener.close();
    },
  };
}

function tryLink(own: string, socket: string): boolean {
  try {
    linkSync(own, socket);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes away a socket that a killed broker left behind. It is moved aside before it is looked at, so that of two brokers
 * which find it only one has it; should a live one have come to lie there meanwhile, it is put back.
 */
async function removeStale(host: Host, socket: string, aside: string): Promise<void> {
  if (await answers(host, socket)) {
    throw new IpcError('EBROKERRUNS', `a broker listens at ${socket} already; stop it, or choose another --socket`, {
      object: socket,
    });
  }
  try {
    renameSync(socket, aside);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  const alive = await answers(host, aside);
  if (alive) tryLink(aside, socket);
  unlinkSync(aside);
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

import { realHost } from '../host/real.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { peerCredentialsWork } from '../os/peer-credentials.ts';
import { Broker } from './broker.ts';
import { claimSocket } from './claim-socket.ts';
import { securedDirectory } from './runtime-directory.ts';
import { startServices } from './services.ts';

export type SharedBroker = { stop(): Promise<void> };

/**
 * A broker that any process of this user may attach to, by its socket.
 *
 * @throws IpcError EBROKERRUNS, ESOCKETPATH, ERUNTIMEDIR
 */
export async function startSharedBroker(
  socket: string,
  driverEntry: string,
  limits: Limits = DEFAULT_LIMITS,
): Promise<SharedBroker> {
  securedDirectory(socket);
  const host = realHost(limits);
  const broker = new Broker(host, limits);
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
      const closed = listener.close();
      broker.close();
      await closed;
      await broker.children.gone();
    },
  };
}

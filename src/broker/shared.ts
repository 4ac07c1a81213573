import { realHost } from '../host/real.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { peerCredentialsWork } from '../os/peer-credentials.ts';
import { deferred } from '../task/index.ts';
import { Broker } from './broker.ts';
import { claimSocket } from './claim-socket.ts';
import { securedDirectory } from './runtime-directory.ts';
import { startServices } from './services.ts';
import { untilIdle } from './until-idle.ts';

export type SharedBroker = {
  stop(): Promise<void>;
  /** Settles when it has stopped, told to or by itself. */
  readonly stopped: Promise<void>;
};

export type SharedBrokerOptions = {
  limits?: Limits;
  /** It stops by itself: see `untilIdle`. */
  endsWhenIdle?: boolean;
};

/**
 * A broker that any process of this user may attach to, by its socket.
 *
 * @throws IpcError EBROKERRUNS, ESOCKETPATH, ERUNTIMEDIR
 */
export async function startSharedBroker(
  socket: string,
  driverEntry: string,
  { limits = DEFAULT_LIMITS, endsWhenIdle = false }: SharedBrokerOptions = {},
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
  let attached = (): void => undefined;
  const listener = await claimSocket(host, socket, (link) => {
    if (link.peer !== undefined && link.peer.uid !== process.getuid?.()) return link.destroy();
    return broker.accept(link, () => {
      attached();
      return grants();
    });
  });
  const stopped = deferred();
  let isStopping = false;
  const stop = (): Promise<void> => {
    if (!isStopping) void end().then(stopped.resolve, stopped.reject);
    isStopping = true;
    return stopped.promise;
  };
  if (endsWhenIdle) attached = untilIdle(broker, () => void stop());
  return { stop, stopped: stopped.promise };

  async function end(): Promise<void> {
    const closed = listener.close();
    broker.close();
    await closed;
    await broker.children.gone();
  }
}

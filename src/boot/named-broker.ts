import { brokerSocket, securedDirectory } from '../broker/runtime-directory.ts';
import { CODES, type ErrorCode, IpcError } from '../errors.ts';
import { startDetached } from '../host/detached.ts';
import type { Host } from '../host/host.ts';
import type { Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { CLI } from './entries.ts';

/**
 * Attaches to this user's broker of that name, and starts it if there is none.
 *
 * A broker that has been killed, and one that ends just now because its last task has left, is none. The latter may have
 * let us connect and never look at the link: nothing was lost on it, and the next one is started. Of several that are
 * started at once one stays, and all who wanted one find that.
 *
 * @throws IpcError EINVAL, ESOCKETPATH, ERUNTIMEDIR, ESPAWN, ENOBROKER (it does not answer), or what `attach` does
 */
export async function attachByName<T>(
  host: Host,
  name: string,
  { handshakeMs }: Limits,
  attach: (link: Link) => Promise<T>,
): Promise<T> {
  const socket = brokerSocket(name);
  securedDirectory(socket);
  const giveUpAt = host.now() + handshakeMs;
  for (;;) {
    try {
      return await attach(await host.connect(socket));
    } catch (error) {
      if (!IpcError.is(error) || error.code !== 'ENOBROKER' || host.now() >= giveUpAt) throw error;
    }
    await startBroker(host, name, handshakeMs);
  }
}

/** Answers when it listens, or another one has been faster. */
async function startBroker(host: Host, name: string, mostMs: number): Promise<void> {
  const { started, kill } = startDetached(CLI, ['broker', '--json', '--name', name, '--until-idle']);
  using _patience = host.timer(mostMs, kill);
  const said = await started;
  if (said === undefined) return;
  const [, code = '', text = ''] = /^easync: ([A-Z]+): (.*)$/m.exec(said) ?? [];
  if (code === 'EBROKERRUNS') return;
  throw CODES.includes(code as ErrorCode)
    ? new IpcError(code as ErrorCode, text, { op: 'boot', object: name })
    : new IpcError('ESPAWN', `broker ${name} ended before it listened: ${said.trim()}`, { op: 'boot', object: name });
}

import { createConnection, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { type ErrorCode, IpcError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { adoptSocket, socketLink, type SocketLinkOptions } from '../link/socket-link.ts';
import { peerCredentials } from '../os/peer-credentials.ts';
import type { Listener } from './host.ts';

/** Listens on a Unix socket. Throws `ESOCKETPATH` for a path no socket can have, `EBROKERRUNS` for one that is taken. */
export async function listenUnix(path: string, limits: Limits, onLink: (link: Link) => void): Promise<Listener> {
  checkPath(path);
  const server = createServer({ pauseOnConnect: true }, (socket) => onLink(adoptSocket(socket, linkOptions(limits))));
  server.listen(path);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw failure('listen', path, error, { EADDRINUSE: 'EBROKERRUNS' });
  }
  // A connection that cannot be accepted (no descriptors left) is lost to its peer; the others go on.
  server.on('error', (error) => process.emitWarning(error));
  return {
    close: () =>
      new Promise((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error)))),
  };
}

/** Connects to a Unix socket. Throws `ESOCKETPATH`, or `ENOBROKER` when nobody listens there. */
export async function connectUnix(path: string, limits: Limits): Promise<Link> {
  checkPath(path);
  let dialled: Socket | undefined;
  const link = socketLink((onread) => (dialled = createConnection({ path, onread })), linkOptions(limits));
  try {
    if (dialled !== undefined) await once(dialled, 'connect');
  } catch (error) {
    throw failure('connect', path, error, NOBODY);
  }
  return link;
}

/** The last one: it stopped listening before it got to us. */
const NOBODY = { ENOENT: 'ENOBROKER', ECONNREFUSED: 'ENOBROKER', ECONNRESET: 'ENOBROKER' } as const;

/** What every link of this host has in common. */
export function linkOptions(limits: Limits): SocketLinkOptions {
  return { limits, peer: peerCredentials };
}

/** `sizeof sun_path` less the closing zero. Beyond it systems cut the path short, or refuse with a name of their own. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

function checkPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= LONGEST_PATH) return;
  throw new IpcError(
    'ESOCKETPATH',
    `the socket path ${path} has ${bytes} bytes, this system allows ${LONGEST_PATH}: ` +
      `use a shorter runtime directory or broker name`,
    { object: path },
  );
}

function failure(op: string, path: string, error: unknown, codes: Partial<Record<string, ErrorCode>>): unknown {
  const systemCode = error instanceof Error && 'code' in error ? String(error.code) : '';
  const code = codes[systemCode];
  if (code === undefined) return error;
  const what = code === 'ENOBROKER' ? 'no broker listens at' : 'something is in the way at';
  return new IpcError(code, `${what} ${path} (${systemCode})`, { op, object: path, cause: error });
}

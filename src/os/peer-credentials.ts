import type { Socket } from 'node:net';
import { native } from './native.ts';

/** The process at the other end of a Unix socket, as the system recorded it when the two were connected. */
export type Credentials = { pid: number; uid: number; gid: number };

/** Asks the system who is at the other end. Undefined off Linux, without koffi, and for a socket that is closed. */
export function peerCredentials(socket: Socket): Credentials | undefined {
  const ask = (question ??= prepare());
  const fd = descriptorOf(socket);
  return ask === null || fd === undefined ? undefined : ask(fd);
}

/** Whether `peerCredentials` can answer here. */
export function peerCredentialsWork(): boolean {
  return (question ??= prepare()) !== null;
}

// Linux, all architectures Node runs on but mips, parisc and sparc.
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const UCRED_BYTES = 12;

type Question = (fd: number) => Credentials | undefined;
let question: Question | null | undefined;

function prepare(): Question | null {
  const { koffi } = native();
  if (koffi === undefined || process.platform !== 'linux') return null;
  const getsockopt = koffi
    .load(null)
    .func('int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)');
  return (fd) => {
    const ucred = Buffer.alloc(UCRED_BYTES);
    const length = [UCRED_BYTES];
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred, length) !== 0 || length[0] !== UCRED_BYTES) return undefined;
    return { pid: ucred.readInt32LE(0), uid: ucred.readUInt32LE(4), gid: ucred.readUInt32LE(8) };
  };
}

/** Node has no public way to a socket's descriptor. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  const fd: unknown = Reflect.get(handle, 'fd');
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}

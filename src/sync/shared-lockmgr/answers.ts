import { IpcError } from '../../errors.ts';

/** What the server answers, or why there is none. */
export async function answer<T>(name: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!IpcError.is(error)) throw error;
    if (error.code === 'MACH_SEND_INVALID_DEST') throw serverGone(name);
    // Of the call, which has no idea what it was for; what a server says when it closes has.
    if (error.code === 'ESERVERDIED' && error.object !== name) throw serverDied(name, error);
    throw error;
  }
}

/** What the server makes of an abort: the reason, and whether to begin again, are its caller's. Any other failure came first, and stays. */
export function interrupted(error: unknown, name: string, reason: unknown, restarts: boolean | undefined): unknown {
  if (!IpcError.is(error) || error.code !== 'EINTR') return error;
  const text = `${name}: the request was interrupted while it waited; it holds nothing of it`;
  return new IpcError(restarts === true ? 'ERESTART' : 'EINTR', text, { object: name, cause: reason });
}

function serverDied(name: string, cause: IpcError): IpcError {
  const text = `${name}: the lock's server died before it answered, and with it who had the lock; open it where it is served now`;
  return new IpcError('ESERVERDIED', text, { object: name, cause, ...(cause.handled && { handled: cause.handled }) });
}

function serverGone(name: string): IpcError {
  const text = `${name}: the lock's server is gone, and with it who had the lock; open it where it is served now`;
  return new IpcError('ESERVERDIED', text, { object: name, handled: 'no' });
}

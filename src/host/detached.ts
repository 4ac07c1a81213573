import { spawn } from 'node:child_process';
import { IpcError } from '../errors.ts';

export type Detached = {
  /** Settles when it has printed something, with `undefined`, or else when it has ended, with what it wrote to stderr. */
  readonly started: Promise<string | undefined>;
  readonly kill: () => void;
};

/**
 * Starts a Node program that goes on without us: in a session of its own, where no terminal reaches it, and in no directory
 * that anybody could want to remove. Once it has printed something nobody listens to it any more.
 */
export function startDetached(entry: string, args: readonly string[]): Detached {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stdout, stderr } = child;
  const started = new Promise<string | undefined>((resolve, reject) => {
    let said = '';
    stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    stdout.once('data', () => {
      stdout.destroy();
      stderr.destroy();
      child.unref();
      resolve(undefined);
    });
    child.once('close', () => resolve(said));
    child.once('error', (cause) =>
      reject(new IpcError('ESPAWN', `${entry} cannot be started`, { op: 'spawn', cause })),
    );
  });
  return { started, kill: () => void child.kill('SIGKILL') };
}

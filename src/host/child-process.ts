import { Socket } from 'node:net';
import { IpcError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { adoptSocket } from '../link/socket-link.ts';
import type { Child, ChildExit, SpawnRequest } from './host.ts';
import { outputLines } from './output-lines.ts';

/** The descriptors a task process finds: its link, and one that ends when its parent does. */
export const LINK_FD = 3;
export const LIFELINE_FD = 4;

/** Starts a Node process with a link on descriptor 3 and a lifeline on 4. Throws `ESPAWN` when the system refuses. */
export async function spawnChild(request: SpawnRequest, limits: Limits): Promise<Child> {
  // Loading it takes longer than all the rest of a start, and most processes never spawn.
  const { execa } = await import('execa');
  const running = execa(process.execPath, [...request.execArgv, request.entry], {
    cwd: request.cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    // A task lives long: its output is streamed, never gathered.
    buffer: false,
    reject: false,
    // The lifeline sees to that. Execa's way is to listen for signals, and to end the process that handles one with `once`.
    cleanup: false,
  });
  const [, stdout, stderr, link, lifeline] = running.stdio;
  const { pid } = running;
  if (pid === undefined || !(link instanceof Socket) || !(lifeline instanceof Socket) || !stdout || !stderr) {
    const { cause } = await running;
    throw new IpcError('ESPAWN', `${request.entry} cannot be started in ${request.cwd}`, { op: 'spawn', cause });
  }
  lifeline.on('error', ignoreReset);
  const output = Promise.all([
    outputLines(running.stdout, (line) => request.onOutput('stdout', line)),
    outputLines(running.stderr, (line) => request.onOutput('stderr', line)),
  ]);
  return {
    pid,
    // The system would name us, who made both ends of the pair; we know better.
    link: adoptSocket(link, {
      limits,
      peer: () => ({ pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }),
    }),
    exited: ended(),
    kill: (signal = 'SIGTERM') => void running.kill(signal),
  };

  async function ended(): Promise<ChildExit> {
    const [result] = await Promise.all([running, output]);
    return { code: result.exitCode ?? null, signal: result.signal ?? null };
  }
}

/** Nothing is ever written to a lifeline; its end is the child's end, which `exited` tells. */
function ignoreReset(): void {}

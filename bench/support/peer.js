import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readingInto } from './framed-socket.js';

/**
 * Starts a program of `servers/`, which is given a socket's path and `args`, and waits until it has connected.
 *
 * @param {string} program
 * @param {readonly string[]} args
 */
export async function connectedPeer(program, args) {
  const directory = mkdtempSync(join(tmpdir(), 'easync-bench-'));
  const path = join(directory, 'socket');
  const server = createServer({ pauseOnConnect: true });
  await new Promise((resolve) => server.listen(path, () => resolve(undefined)));
  const child = spawn(process.execPath, [serverFile(program), path, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  /** @type {import('node:net').Socket} */
  const accepted = await new Promise((resolve, reject) => {
    server.once('connection', resolve);
    void ended.then((code) => reject(new Error(`${program} ended with ${code} before it had connected`)));
  });
  server.close();
  rmSync(directory, { recursive: true });
  return {
    pid: Number(child.pid),
    /** Its socket, to be called once. @param {import('node:net').OnReadOpts} onread */
    socket: (onread) => readingInto(accepted, onread),
    /** Settles when it has ended: every server ends when its connection does. */
    ended,
  };
}

/** @param {string} program */
export function serverFile(program) {
  return fileURLToPath(new URL(`../servers/${program}.js`, import.meta.url));
}

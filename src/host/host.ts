import type { Link } from '../link/link.ts';

/**
 * Everything the outside world does to us, behind one interface: the clock, timers, randomness, processes, sockets. The
 * real host is Node; the simulated one runs on virtual time from a seed, so that a failure replays. Lint bans the
 * globals behind these members everywhere else.
 */
export interface Host {
  /** Milliseconds since the epoch, with fractions. */
  now(): number;
  /** Runs `fn` once after `ms`. An unreferenced timer does not keep the process alive. */
  timer(ms: number, fn: () => void, options?: { unref?: boolean }): Disposable;
  /** Runs `fn` after the current I/O events, as `setImmediate` does. */
  immediate(fn: () => void): void;
  /** `bytes` random bytes (at most 65,536). */
  random(bytes: number): Uint8Array;
  /** Imports a module of this process, by URL. */
  load(module: string): Promise<unknown>;
  /** Starts a task process. Its link is an inherited descriptor; nothing travels in argv or environment. */
  spawn(request: SpawnRequest): Promise<Child>;
  /** Listens on a Unix socket path; `onLink` gets each peer's link. */
  listen(path: string, onLink: (link: Link) => void): Promise<Listener>;
  /** Connects to a Unix socket path. */
  connect(path: string): Promise<Link>;
}

export type SpawnRequest = {
  /** The program: a file path of a Node module to run. */
  entry: string;
  cwd: string;
  execArgv: readonly string[];
  /** Gets the child's stdout and stderr, line by line, without the line end. Settle slowly to slow the child down. */
  onOutput: (stream: 'stdout' | 'stderr', line: string) => void | Promise<void>;
};

export type ChildExit = { code: number | null; signal: string | null };

export type Child = {
  readonly pid: number;
  readonly link: Link;
  /** Settles once the process is gone and its output has been handed over. */
  readonly exited: Promise<ChildExit>;
  kill(signal?: 'SIGTERM' | 'SIGKILL'): void;
};

export type Listener = { close(): Promise<void> };

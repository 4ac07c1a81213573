import { MessageChannel, Worker } from 'node:worker_threads';
import type { Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { portLink } from '../link/port-link.ts';
import { outputLines } from './output-lines.ts';
import type { SpawnRequest } from './host.ts';

export type Thread = {
  readonly threadId: number;
  readonly link: Link;
  /** Settles once the thread is gone. */
  readonly exited: Promise<void>;
  terminate(): void;
};

/** Starts a worker thread of this process with a link as its `workerData.port`. */
export function startThread(request: SpawnRequest, limits: Limits): Thread {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(request.entry, {
    workerData: { port: port2 },
    transferList: [port2],
    execArgv: [...request.execArgv],
    stdout: true,
    stderr: true,
  });
  const output = Promise.all([
    outputLines(worker.stdout, (line) => request.onOutput('stdout', line)),
    outputLines(worker.stderr, (line) => request.onOutput('stderr', line)),
  ]);
  const link = portLink(port1, limits);
  let isToldWhy = false;
  const exited = new Promise<void>((resolve, reject) => {
    worker.once('error', (error) => {
      isToldWhy = true;
      void request.onOutput('stderr', `uncaught error: ${error.stack ?? error.message}`);
    });
    worker.once('exit', (code) => {
      if (code !== 0 && !isToldWhy) void request.onOutput('stderr', `ended: exit code ${code}`);
      link.close();
      output.then(() => resolve(), reject);
    });
  });
  return { threadId: worker.threadId, link, exited, terminate };

  function terminate(): void {
    isToldWhy = true;
    void worker.terminate();
  }
}

import { MessagePort, threadId, workerData } from 'node:worker_threads';
import { runDriver } from '../driver/index.ts';
import { realHost } from '../host/real.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { portLink } from '../link/port-link.ts';
import { Task } from '../task/index.ts';
import { warnOnStderr } from './endings.ts';

// A worker thread: a task of its own, on a route of its process's link.
const { port } = workerData as { port: MessagePort };
const host = realHost();
const task = await Task.attach(
  host,
  portLink(port, DEFAULT_LIMITS),
  { label: 'driver', limits: DEFAULT_LIMITS, check: false, pid: process.pid, threadId },
  warnOnStderr,
);
await runDriver(task);
await task.dispose();
port.close();
// What the driver has left running would keep the whole process alive.
host.timer(DEFAULT_LIMITS.killGraceMs, () => process.exit(0), { unref: true });

import { threadId } from 'node:worker_threads';
import { runDriver } from '../driver/index.ts';
import { endWithParent, inheritedLink } from '../host/inherited.ts';
import { realHost } from '../host/real.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { Task } from '../task/index.ts';
import { endOnUncaught, leaveEndToParent, warnOnStderr } from './endings.ts';

// A task process: its identity is the link it inherited, and what it shall run is told over it.
endOnUncaught();
leaveEndToParent();
endWithParent();
const host = realHost();
const task = await Task.attach(
  host,
  inheritedLink(),
  { label: 'driver', limits: DEFAULT_LIMITS, check: false, pid: process.pid, threadId },
  warnOnStderr,
);
// Whoever waits for us is told by the kernel; there is nobody left to serve.
void task.closed.then(() => process.exit(0));
await runDriver(task);
await task.dispose();

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
const ended = runDriver(task);
// With the link every sender is gone: the driver ends as it would without, but is not waited for any longer than that.
task.onClosed(() => {
  host.timer(DEFAULT_LIMITS.killGraceMs, () => process.exit(0), { unref: true });
  void ended.catch(() => undefined).then(() => process.exit(0));
});
await ended;
await task.dispose();

import { runDriver } from '../driver/index.ts';
import type { ChildExit, Host } from '../host/host.ts';
import type { Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { Task } from '../task/index.ts';

/** What a spawned process runs, in this one: a task of its own at the end of `link`, for one driver. `onEnd`: nothing of it runs any more. */
export async function taskHere(host: Host, link: Link, limits: Limits, onEnd: () => void): Promise<ChildExit> {
  try {
    const task = await Task.attach(
      host,
      link,
      { label: 'driver', limits, check: false, pid: process.pid, threadId: 0 },
      warn,
    );
    await Promise.race([runDriver(task), task.closed]);
    onEnd();
    await task.dispose();
    return { code: 0, signal: null };
  } catch {
    return { code: 1, signal: null };
  }
}

export function warn(text: string): void {
  process.emitWarning(text, 'EasyncWarning');
}

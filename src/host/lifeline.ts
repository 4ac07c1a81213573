import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';

// A thread of its own, because the main thread may be in an endless loop. It reads through its own event loop and not
// with a blocking call, which would hold up the exit of the process.
const { fd } = workerData as { fd: number };
const lifeline = new Socket({ fd, writable: false });
lifeline.on('close', () => process.kill(process.pid, 'SIGKILL'));
lifeline.on('error', () => lifeline.destroy());
lifeline.resume();

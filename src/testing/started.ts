import { createHook } from 'node:async_hooks';
import { fileURLToPath } from 'node:url';

export type Started = {
  /** What has started and goes on, in words, with the place in the code that has started it; not what has one of `descriptors`. */
  running(descriptors: ReadonlyMap<number, unknown>): string[];
  stop(): void;
};

/**
 * Watches what starts in this thread from now on: timers, handles and children. Numbers alone do not tell: a timer that the test
 * runner had at first and has no more makes room for one that a test leaves.
 */
export function watchStarted(): Started {
  let seen: Seen[] = [];
  const init = (_id: number, type: string, _trigger: number, resource: Resource): void => {
    const kind = KINDS[type];
    if (kind === undefined) return;
    // Node would close a file that nobody has any more, whenever it collects garbage.
    const kept = kind === FILE ? { deref: () => resource } : new WeakRef(resource);
    seen.push({ kind, resource: kept, origin: originOf(init) });
  };
  const hook = createHook({ init }).enable();
  return {
    running: (descriptors) =>
      seen.flatMap(({ kind, resource: ref, origin: { stack } }) => {
        const resource = ref.deref();
        if (resource === undefined || !kind.isRunning(resource) || descriptors.has(resource.fd ?? -1)) return [];
        const from = placeIn(stack);
        if (isRunners(from) || (from === '' && kind === TIMER)) return [];
        return from === '' ? kind.words : `${kind.words} from ${from}`;
      }),
    stop() {
      hook.disable();
      seen = [];
    },
  };
}

type Seen = { kind: Kind; resource: { deref(): Resource | undefined }; origin: { stack?: string } };

/** What Node has inside of a timer, a handle or a child. */
type Resource = { hasRef?(): boolean | undefined; _destroyed?: boolean; fd?: number; pid?: number };

type Kind = { words: string; isRunning: (resource: Resource) => boolean };

const hasRef = (resource: Resource): boolean => resource.hasRef?.() === true;
/** Node opens its own output when it is first asked for, and never closes it. */
const isNotOutput = (resource: Resource): boolean => hasRef(resource) && ![0, 1, 2].includes(resource.fd ?? -1);
/** One that has fired or was cleared goes on to say that it has a ref. */
const TIMER: Kind = { words: 'timer (Timeout)', isRunning: (timer) => hasRef(timer) && timer._destroyed !== true };
const FILE: Kind = { words: 'open file (FileHandle)', isRunning: ({ fd }) => fd !== undefined && fd >= 0 };

const KINDS: Readonly<Record<string, Kind>> = {
  Timeout: TIMER,
  FSEVENTWRAP: { words: 'file watcher (FSEventWrap)', isRunning: hasRef },
  STATWATCHER: { words: 'file watcher (StatWatcher)', isRunning: hasRef },
  FILEHANDLE: FILE,
  PROCESSWRAP: { words: 'child process (ProcessWrap)', isRunning: (child) => hasRef(child) || isThere(child.pid) },
  WORKER: { words: 'worker thread (Worker)', isRunning: hasRef },
  MESSAGEPORT: { words: 'message port (MessagePort)', isRunning: hasRef },
  PIPEWRAP: { words: 'pipe or Unix socket (PipeWrap)', isRunning: isNotOutput },
  PIPESERVERWRAP: { words: 'server on a Unix socket (PipeServerWrap)', isRunning: hasRef },
  TCPSERVERWRAP: { words: 'TCP server (TCPServerWrap)', isRunning: hasRef },
  TCPWRAP: { words: 'TCP connection (TCPSocketWrap)', isRunning: isNotOutput },
  UDPWRAP: { words: 'UDP socket (UDPWrap)', isRunning: hasRef },
};

function isThere(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A child that has become another user is there as well.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The stack is written out only if somebody reads it: most of what starts has ended by then. */
function originOf(callee: (id: number, type: string, trigger: number, resource: Resource) => void): { stack?: string } {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 20;
  const at = {};
  Error.captureStackTrace(at, callee);
  Error.stackTraceLimit = limit;
  return at;
}

/** The first line of a stack that is not Node's. None: Node has started it by itself. */
function placeIn(stack = ''): string {
  for (const line of stack.split('\n')) {
    const place = /^\s+at (?:.* \()?((?:file:|\/|[A-Z]:).*:\d+:\d+)\)?$/.exec(line)?.[1];
    if (place === undefined) continue;
    return place.startsWith('file:') ? fileURLToPath(place) : place;
  }
  return '';
}

/** The runner's own timers come and go while a test runs. */
function isRunners(place: string): boolean {
  return /[\\/]node_modules[\\/](@?vitest|mocha|@?jest[^\\/]*|jasmine[^\\/]*)[\\/]/.test(place);
}

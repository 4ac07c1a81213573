import { serve, type Service } from '../../driver/index.ts';
import { IpcError } from '../../errors.ts';
import { copy, type SendRight, Task } from '../../task/index.ts';
import { Lockmgr } from '../lockmgr.ts';
import { Session } from './session.ts';
import { LockServer, LockSession } from './subsystem.ts';

/**
 * Lets other tasks use a lock of this task, through a port: they open it as a `SharedLockmgr`. `home` is a system or a driver's
 * `env`. Owners of this task may use `lock` all the while.
 */
export function serveLockmgr(
  home: { readonly task: Task },
  lock: Lockmgr,
  options: { label?: string } = {},
): ServedLockmgr {
  if (!(lock instanceof Lockmgr) || !(home?.task instanceof Task)) {
    const text = 'serveLockmgr: it takes a system, or the env of a driver, and a Lockmgr: serveLockmgr(sys, lock)';
    throw new IpcError('EINVAL', text, { op: 'serveLockmgr' });
  }
  return new ServedLockmgr(home.task, lock, options.label ?? lock.name);
}

/** A lock that has a port. */
export class ServedLockmgr implements Disposable {
  readonly #lock: Lockmgr;
  readonly #port: Service;
  /** Ours, so that the port does not end with the last right that was handed out. */
  readonly #right: SendRight;
  readonly #sessions = new Map<Session, Service>();
  readonly #label: string;
  #clients = 0;
  #isClosed = false;

  /** @internal Use `serveLockmgr`. */
  constructor(task: Task, lock: Lockmgr, label: string) {
    this.#lock = lock;
    this.#label = label;
    this.#port = serve(task, label, LockServer, {
      open: () => ({ session: this.#open(task), name: label }),
    });
    this.#right = this.#port.right();
  }

  /**
   * A fresh send right: for `SharedLockmgr.open`, for a message, for a name service.
   *
   * @throws IpcError ERELEASED: it is closed
   */
  right(): SendRight {
    if (this.#isClosed) {
      const text = `right: ${this.#label} is closed: the lock has no port any more; serve it again`;
      throw new IpcError('ERELEASED', text, { op: 'right', object: this.#label });
    }
    return copy(this.#right);
  }

  /** Ends the port. Clients lose what they hold, and their waiting requests fail with ESERVERDIED. The lock itself lives on. */
  close(): void {
    const why = new IpcError('ESERVERDIED', `${this.#label}: its server has closed it`, {
      object: this.#label,
      handled: 'maybe',
    });
    this.#isClosed = true;
    this.#port.close();
    this.#right.deallocate();
    for (const [session, port] of this.#sessions) {
      session.end(why);
      port.close();
    }
    this.#sessions.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(task: Task): SendRight {
    this.#clients += 1;
    const client = `client ${this.#clients}`;
    const session = new Session({ lock: this.#lock, label: this.#label, client, limits: task.limits });
    const port = serve(task, `${this.#label}: ${client}`, LockSession, session.handlers(), {
      // Its task has died, or has let go of the lock: no difference to what it left behind.
      onNoSenders: () => {
        this.#sessions.delete(session);
        session.end(this.#gone());
      },
    });
    this.#sessions.set(session, port);
    return port.right();
  }

  #gone(): IpcError {
    const text = `${this.#label}: the client has let go of the lock; open it again`;
    return new IpcError('ERELEASED', text, { object: this.#label, handled: 'maybe' });
  }
}

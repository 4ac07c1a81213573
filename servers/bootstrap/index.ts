import { Bootstrap, copy, DEFAULT_LIMITS, defineDriver, IpcError, SendOnceRight, SendRight } from 'easync';

/** The name service. A name lasts as long as its port: when the port dies, the name is free again. Option: `names`, how many it keeps. */
export default defineDriver(Bootstrap, ({ options }) => {
  const { names: most = DEFAULT_LIMITS.registeredNames } = (options ?? {}) as { names?: number };
  const ports = new Map<string, SendRight>();
  const waiting = new Map<string, Set<(port: SendRight) => void>>();

  function publish(op: string, name: string, port: SendRight): void {
    if (ports.size >= most && !ports.has(name)) {
      port.deallocate();
      throw new IpcError('ELIMIT', `${most} names are in use (registeredNames); let some ports go first`, {
        op,
        object: name,
      });
    }
    ports.get(name)?.deallocate();
    ports.set(name, port);
    port.onDead(() => {
      if (ports.get(name) !== port) return;
      ports.delete(name);
      port.deallocate();
    });
    // It may have been dead already.
    if (!ports.has(name)) return;
    const waiters = waiting.get(name) ?? [];
    waiting.delete(name);
    for (const give of waiters) give(port);
  }

  function enter(name: string, give: (port: SendRight) => void): void {
    waiting.set(name, (waiting.get(name) ?? new Set()).add(give));
  }

  function leave(name: string, give: (port: SendRight) => void): void {
    const waiters = waiting.get(name);
    waiters?.delete(give);
    if (waiters?.size === 0) waiting.delete(name);
  }

  return {
    checkIn(args) {
      const { name, port } = publication(args, 'checkIn');
      if (ports.has(name)) {
        port.deallocate();
        throw new IpcError('ENAMEINUSE', `the name '${name}' is taken by a live port`, { op: 'checkIn', object: name });
      }
      publish('checkIn', name, port);
    },
    checkOut(args) {
      const { name, port } = publication(args, 'checkOut');
      const held = ports.get(name);
      // Rights to one port have one name in a task.
      const isTheirs = held !== undefined && held.name === port.name;
      port.deallocate();
      if (!isTheirs)
        throw new IpcError('ENONAME', `that port is not checked in as '${name}'`, { op: 'checkOut', object: name });
      ports.delete(name);
      held.deallocate();
    },
    register(args) {
      const { name, port } = publication(args, 'register');
      publish('register', name, port);
    },
    lookUp(args, { signal }) {
      const { name, wait } = fieldsOf(args, 'lookUp');
      if (!isName(name)) throw invalid('lookUp', NAME_RULE);
      const port = ports.get(name);
      if (port !== undefined) return { port: copy(port) };
      if (wait !== true)
        throw new IpcError('ENONAME', `nothing is checked in as '${name}'`, { op: 'lookUp', object: name });
      // The abort of a call that was still queued fires no event any more.
      if (signal.aborted) throw aborted(name);
      return new Promise((resolve, reject) => {
        const give = (found: SendRight): void => resolve({ port: copy(found) });
        enter(name, give);
        signal.addEventListener('abort', () => {
          leave(name, give);
          reject(aborted(name));
        });
      });
    },
    list: () => [...ports.keys()].sort(),
  };
});

const NAME_RULE = 'a name is a string of 1 to 255 characters';

/** Arguments are what the caller sent, whatever their type says. A right that is refused is given back. */
function publication(args: unknown, op: string): { name: string; port: SendRight } {
  const { name, port } = fieldsOf(args, op);
  if (port instanceof SendRight && isName(name)) return { name, port };
  if (port instanceof SendRight || port instanceof SendOnceRight) port.deallocate();
  throw invalid(op, isName(name) ? `what is published as '${name}' has to be a send right` : NAME_RULE);
}

function fieldsOf(args: unknown, op: string): { name?: unknown; port?: unknown; wait?: unknown } {
  if (typeof args === 'object' && args !== null) return args;
  throw invalid(op, 'the arguments have to be an object');
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= 255;
}

function invalid(op: string, rule: string): IpcError {
  return new IpcError('EINVAL', rule, { op, object: 'bootstrap' });
}

function aborted(name: string): IpcError {
  return new IpcError('EINTR', `the look-up of '${name}' was aborted`, { op: 'lookUp', object: name });
}

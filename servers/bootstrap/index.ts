import { Bootstrap, copy, defineDriver, IpcError, type SendRight } from 'easync';

/** The name service. A name lasts as long as its port: when the port dies, the name is free again. */
export default defineDriver(Bootstrap, () => {
  const ports = new Map<string, SendRight>();
  const waiting = new Map<string, ((port: SendRight) => void)[]>();

  function publish(name: string, port: SendRight): void {
    ports.get(name)?.deallocate();
    ports.set(name, port);
    port.onDead(() => {
      if (ports.get(name) !== port) return;
      ports.delete(name);
      port.deallocate();
    });
    const answer = waiting.get(name) ?? [];
    waiting.delete(name);
    for (const give of answer) give(port);
  }

  return {
    checkIn({ name, port }) {
      checkName(name);
      if (ports.has(name)) {
        port.deallocate();
        throw new IpcError('ENAMEINUSE', `the name '${name}' is taken by a live port`, { op: 'checkIn', object: name });
      }
      publish(name, port);
    },
    register({ name, port }) {
      checkName(name);
      publish(name, port);
    },
    lookUp({ name, wait }, ctx) {
      checkName(name);
      const port = ports.get(name);
      if (port !== undefined) return { port: copy(port) };
      if (wait !== true)
        throw new IpcError('ENONAME', `nothing is checked in as '${name}'`, { op: 'lookUp', object: name });
      return new Promise((resolve, reject) => {
        const give = (found: SendRight): void => resolve({ port: copy(found) });
        waiting.set(name, [...(waiting.get(name) ?? []), give]);
        ctx.signal.addEventListener('abort', () => {
          waiting.set(
            name,
            (waiting.get(name) ?? []).filter((other) => other !== give),
          );
          reject(new IpcError('EINTR', `the look-up of '${name}' was aborted`, { op: 'lookUp', object: name }));
        });
      });
    },
    list: () => [...ports.keys()].sort(),
  };
});

function checkName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && name.length <= 255) return;
  throw new IpcError('EINVAL', 'a name is a string of 1 to 255 characters', { op: 'bootstrap' });
}
